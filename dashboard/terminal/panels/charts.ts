import { bytes, duration, percent, rate } from '../../model/format.ts'
import type { Sample } from '../../model/history.ts'
import { gap } from '../../model/layout.ts'
import { chart, type Cell } from '../../model/spark.ts'
import type { Glyphs } from '../glyphs.ts'
import { fitLine, say, spread, type Line, type Span } from '../line.ts'
import type { World } from '../world.ts'

const mebibyte = 2 ** 20

interface Series {
  title: string
  now: string
  low(sample: Sample): number
  high(sample: Sample): number
  /** What the scale shows at least, so that noise near zero stays small. */
  least: number
  scale(max: number): string
}

/** `number` charts side by side, newest second at the right edge. Blue is the good part, orange what lies above it. */
export function charts(world: World, number: number, rows: number): Line[] {
  const { columns, glyphs } = world
  const shown = series(world).slice(0, number)
  const inner = columns - 2
  const width = Math.floor((inner - gap * (number - 1)) / number)
  const widths = shown.map((_, index) => (index === 0 ? inner - gap * (number - 1) - width * (number - 1) : width))
  const drawn = shown.map((one, index) => drawChart(one, world, widths[index] ?? 0, rows))
  return Array.from({ length: rows }, (_, row) => {
    const line = drawn.flatMap((lines, index) => [
      ...(index === 0 ? [say(' ')] : [say(' '.repeat(gap))]),
      ...(lines[row] ?? []),
    ])
    return fitLine(line, columns, glyphs.mark)
  })
}

function drawChart(one: Series, { history, glyphs }: World, columns: number, rows: number): Line[] {
  const values = history.samples.map((sample) => ({ low: one.low(sample), high: one.high(sample) }))
  const { max, rows: cells } = chart(values, { width: columns, height: rows - 1, least: one.least })
  const title = spread(
    [say(one.title, 'dim'), say(`  ${one.now}`, 'text')],
    [say(`${glyphs.up} ${one.scale(max)}`, 'faint')],
    columns,
    glyphs.mark,
  )
  return [title, ...cells.map((row, index) => drawRow(row, glyphs, index === rows - 2))]
}

/** Neighbours that look the same become one span. The lowest row shows its empty cells as a base line. */
function drawRow(cells: Cell[], glyphs: Glyphs, base: boolean): Line {
  const line: Line = []
  for (const cell of cells) {
    const span = drawCell(cell, glyphs, base)
    const last = line.at(-1)
    if (last !== undefined && last.tone === span.tone && last.on === span.on) last.text += span.text
    else line.push(span)
  }
  return line
}

function drawCell({ low, high }: Cell, glyphs: Glyphs, base: boolean): Span {
  if (high === 0) return { text: base ? (glyphs.levels[1] ?? ' ') : ' ', tone: 'faint' }
  if (low === 0) return { text: glyphs.levels[high] ?? ' ', tone: 'high' }
  if (low === high || !glyphs.blocks) return { text: glyphs.levels[high] ?? ' ', tone: 'low' }
  // Both in one cell: the lower part is the glyph, the upper one its background. There is no third colour for an empty rest: the upper
  // part fills the cell, or gives way where that would show too much of it.
  if (high > 4 && high - low > 1) return { text: glyphs.levels[low] ?? ' ', tone: 'low', on: 'high' }
  return { text: glyphs.levels[high] ?? ' ', tone: 'low' }
}

function series({ snapshot, history }: World): Series[] {
  const { runMs, loopDelayMs } = snapshot
  return [
    {
      title: 'DONE /s',
      now: `${rate(history.donePerS)}`,
      low: (sample) => sample.donePerS,
      high: (sample) => sample.donePerS + sample.failedPerS,
      least: 10,
      scale: (max) => rate(max),
    },
    {
      title: 'RUN TIME p50 p99',
      now: `${duration(runMs?.p50)}  ${duration(runMs?.p99)}`,
      low: (sample) => sample.runP50Ms,
      high: (sample) => sample.runP99Ms,
      least: 10,
      scale: duration,
    },
    {
      title: 'LOOP DELAY p99',
      now: duration(loopDelayMs.p99),
      low: (sample) => sample.loopP99Ms,
      high: (sample) => sample.loopP99Ms,
      least: 50,
      scale: duration,
    },
    {
      title: 'MEMORY',
      now: `${bytes(snapshot.memory.rssBytes)}  cpu ${percent(snapshot.cpu)}`,
      low: (sample) => sample.rssBytes / mebibyte,
      high: (sample) => sample.rssBytes / mebibyte,
      least: (snapshot.memory.rssBytes / mebibyte) * 1.6,
      scale: (max) => bytes(max * mebibyte),
    },
  ]
}
