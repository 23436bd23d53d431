import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { shownTheme } from '../data/theme.ts'

export interface Series {
  label: string
  values: readonly (number | null)[]
  /** A custom property of the style sheet: `--blue`. */
  colour: string
  /** Filled down to the axis. */
  area?: boolean
  /** A second sign beside the colour, for who does not tell colours apart. */
  dashed?: boolean
}

interface Props {
  title: string
  /** Seconds since 1970, oldest first. */
  times: readonly number[]
  series: readonly Series[]
  /** How a value is written, with its unit. */
  format: (value: number | undefined) => string
  height?: number
  /** The upper edge is never below it: 1 by default. */
  least?: number
}

/** Lines over time, painted by uPlot. All charts of a page share the cursor. What it shows stands as text in the legend. */
export function Chart({ title, times, series, format, height = 150, least = 1 }: Props) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shape = series.map(({ label, colour, area, dashed }) => [label, colour, area, dashed].join()).join('|')
  const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const made = new uPlot(options(element, { series, format, height, least }), data, element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, height, shownTheme.value])
  useEffect(() => plot.current?.setData(data), [times, ...series.map(({ values }) => values)])
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <span class="chart-title">{title}</span>
        <span class="legend">
          {series.map(({ label, colour, values }) => (
            <span key={label} class={`legend-item legend${colour}`}>
              {label} <b>{format(newest(values))}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} class="chart-frame" aria-hidden="true">
        {!series.some(({ values }) => values.some((value) => value !== null)) && (
          <span class="chart-empty">nothing in this time</span>
        )}
      </div>
    </figure>
  )
}

const shortClock = uPlot.fmtDate('{HH}:{mm}')
const longClock = uPlot.fmtDate('{HH}:{mm}:{ss}')
const dayClock = uPlot.fmtDate('{D} {MMM}')

function clockTicks(_plot: uPlot, ticks: number[], _axis: number, _space: number, stepS: number): string[] {
  const format = stepS < 60 ? longClock : stepS < 86_400 ? shortClock : dayClock
  return ticks.map((tick) => format(new Date(tick * 1_000)))
}

function newest(values: readonly (number | null)[]): number | undefined {
  return values.findLast((value) => value !== null) ?? undefined
}

function loneOnes(plot: uPlot, index: number): number[] {
  const values = plot.data[index] ?? []
  const isThere = (at: number) => typeof values[at] === 'number'
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1))
}

function options(
  element: HTMLElement,
  { series, format, height, least }: Pick<Props, 'series' | 'format'> & { height: number; least: number },
): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { sync: { key: 'page' }, y: false, points: { size: 6 }, drag: { setScale: false, x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max((max ?? 0) * 1.1, least)] } },
    axes: [
      { ...axis, size: 24, space: 70, values: clockTicks },
      { ...axis, size: 58, space: 36, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...series.map((one) => ({
        label: one.label,
        stroke: colour(one.colour),
        width: 1.5,
        ...(one.area === true && { fill: `${colour(one.colour)}22` }),
        ...(one.dashed === true && { dash: [4, 3] }),
        // A value with none beside it has no line: it would not be seen.
        points: { show: true, size: 5, fill: colour(one.colour), filter: loneOnes },
      })),
    ],
  }
}
