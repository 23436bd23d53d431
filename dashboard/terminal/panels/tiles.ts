import { bytes, count, duration, percent, rate } from '../../model/format.ts'
import { cutReason, heapShare, loopIsLate } from '../../model/health.ts'
import { largeText } from '../digits.ts'
import type { Glyphs } from '../glyphs.ts'
import { fitLine, say, widthOf, type Line, type Tone } from '../line.ts'
import type { World } from '../world.ts'
import { bar } from './cells.ts'

interface Tile {
  /** The first that fits. */
  label: string[]
  value: string
  unit: string
  tone: Tone
  /** The longest that fits is shown. */
  details: Line[]
  /** Stands beside the value where the longest details do not fit. */
  aside?: Line
  /** Drawn as a gauge before the details where there is room. */
  share?: number
  /** Its share of the width. */
  weight: number
  /** The least columns it makes sense in; the last tiles are dropped first. */
  least: number
}

/** The big numbers. Two rows: label and value; three: with details; five: with large digits. */
export function tiles(world: World, rows: number): Line[] {
  const { columns, glyphs } = world
  const all = [fibers(world), throughput(world), runTime(world), loop(world), memory(world), waiting(world), cpu(world)]
  const shown = all.slice()
  while (shown.length > 1 && shown.reduce((sum, { least }) => sum + least, 0) > columns - 1) shown.pop()
  const widths = divide(shown, columns - 1)
  const drawn = shown.map((tile, index) => drawTile(tile, (widths[index] ?? 0) - 2, rows, glyphs))
  return Array.from({ length: rows }, (_, row) => {
    const line = drawn.flatMap((lines, index) => fitLine(lines[row] ?? [], widths[index] ?? 0, glyphs.mark))
    return fitLine([say(' '), ...line], columns, glyphs.mark)
  })
}

function divide(tiles: Tile[], columns: number): number[] {
  const spare = columns - tiles.reduce((sum, { least }) => sum + least, 0)
  const weights = tiles.reduce((sum, { weight }) => sum + weight, 0)
  const widths = tiles.map(({ least, weight }) => least + Math.floor((Math.max(spare, 0) * weight) / weights))
  const rest = columns - widths.reduce((sum, width) => sum + width, 0)
  return widths.map((width, index) => (index === 0 ? width + rest : width))
}

function drawTile(tile: Tile, columns: number, rows: number, glyphs: Glyphs): Line[] {
  const label = fitLine(
    [say(tile.label.find((text) => text.length <= columns) ?? tile.label.at(-1) ?? '', 'dim')],
    columns,
    glyphs.mark,
  )
  const detail = tile.details.find((line) => widthOf(line) <= columns) ?? tile.details.at(-1) ?? []
  const free = Math.min(columns - widthOf(detail), 30)
  const line = tile.share === undefined || free < 5 ? [] : [...bar(tile.share, free - 2, glyphs, tile.tone), say('  ')]
  const last = fitLine([...line, ...detail], columns, glyphs.mark)
  const value = [say(tile.value, tile.tone, { bold: true }), say(` ${tile.unit}`, 'dim')]
  const aside = tile.aside === undefined || detail === tile.details[0] ? [] : [say('  '), ...tile.aside]
  const plain = fitLine(widthOf(value) + widthOf(aside) <= columns ? [...value, ...aside] : value, columns, glyphs.mark)
  if (rows === 2) return [label, plain]
  if (rows === 3) return [label, plain, last]
  const large = glyphs.blocks ? largeText(tile.value) : undefined
  if (large === undefined || large[0].length + 1 + tile.unit.length > columns) return [label, [], plain, [], last]
  const [top, middle, bottom] = large.map((text) => say(text, tile.tone, { bold: true }))
  if (top === undefined || middle === undefined || bottom === undefined) return [label, plain, last]
  return [label, [top], [middle], fitLine([bottom, say(` ${tile.unit}`, 'dim')], columns, glyphs.mark), last]
}

function fibers({ snapshot, view, glyphs }: World): Tile {
  const { running, waiting, concurrency, allowed } = snapshot.fibers
  const cut = snapshot.worker.state === 'running' && allowed < concurrency ? cutReason(snapshot) : undefined
  const more = say(`${count(waiting)} waiting`, waiting === 0 ? 'faint' : 'text')
  const target =
    view.target === undefined || view.target === concurrency ? '' : ` ${glyphs.dot} asked ${count(view.target)}`
  return {
    label: ['FIBERS RUNNING'],
    value: count(running),
    unit: `of ${count(concurrency)}${target}`,
    tone: cut === undefined ? 'blue' : 'orange',
    share: concurrency > 0 ? running / concurrency : 0,
    details:
      cut === undefined
        ? [[more]]
        : [cut, snapshot.fibers.cutBy].map((why) => [say(`cut to ${count(allowed)}: ${why}`, 'orange')]),
    weight: 6,
    least: 20,
  }
}

function throughput({ snapshot, history }: World): Tile {
  const failed = history.failedPerS
  const tone = failed === 0 ? 'faint' : 'orange'
  return {
    label: ['DONE'],
    value: rate(history.donePerS),
    unit: '/s',
    tone: 'strong',
    details: [
      [say(`${rate(failed)} failed/s`, tone), say(`  ${count(snapshot.totals.done)} in all`, 'dim')],
      [say(`${rate(failed)} failed/s`, tone)],
    ],
    weight: 2,
    least: 15,
  }
}

function split(text: string): [string, string] {
  const at = text.indexOf(' ')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function runTime({ snapshot }: World): Tile {
  const { runMs } = snapshot
  const [value, unit] = split(duration(runMs?.p50))
  const part = (name: string, ms: number | undefined): Line => [say(`${name} `, 'dim'), say(duration(ms))]
  const space = say('  ')
  const [p90, p99, max] = [part('p90', runMs?.p90), part('p99', runMs?.p99), part('max', runMs?.max)]
  return {
    label: ['RUN TIME p50', 'RUN p50'],
    value,
    unit,
    tone: 'strong',
    aside: p90,
    details: [[...p90, space, ...p99, space, ...max], [...p99, space, ...max], p99],
    weight: 3,
    least: 24,
  }
}

function loop({ snapshot }: World): Tile {
  const { loopDelayMs, loopUtilisation, cpu: cores } = snapshot
  const [value, unit] = split(duration(loopDelayMs.p99))
  const busy = [say('busy ', 'dim'), say(percent(loopUtilisation))]
  return {
    label: ['LOOP DELAY p99', 'LOOP p99'],
    value,
    unit,
    tone: loopIsLate(snapshot) ? 'orange' : 'strong',
    details: [
      [say('max ', 'dim'), say(duration(loopDelayMs.max)), say('  '), ...busy],
      [say('cpu ', 'dim'), say(percent(cores))],
    ],
    weight: 2,
    least: 10,
  }
}

function memory({ snapshot }: World): Tile {
  const { rssBytes, heapUsedBytes, heapLimitBytes } = snapshot.memory
  const share = heapShare(snapshot)
  const [value, unit] = split(bytes(rssBytes))
  const tone: Tone = share > 0.85 ? 'red' : 'text'
  return {
    label: ['MEMORY'],
    value,
    unit,
    tone: 'strong',
    details: [
      [say('heap ', 'dim'), say(bytes(heapUsedBytes), tone), say(` of ${bytes(heapLimitBytes)}`, 'dim')],
      [say('heap ', 'dim'), say(percent(share), tone)],
    ],
    weight: 2,
    least: 10,
  }
}

function waiting({ snapshot }: World): Tile {
  const [value, unit] = split(duration(snapshot.waitMs?.p50))
  return {
    label: ['WAIT p50'],
    value,
    unit,
    tone: 'strong',
    details: [
      [
        say('p99 ', 'dim'),
        say(duration(snapshot.waitMs?.p99)),
        say('  max ', 'dim'),
        say(duration(snapshot.waitMs?.max)),
      ],
      [say('p99 ', 'dim'), say(duration(snapshot.waitMs?.p99))],
    ],
    weight: 2,
    least: 12,
  }
}

function cpu({ snapshot }: World): Tile {
  return {
    label: ['CPU'],
    value: count(snapshot.cpu * 100),
    unit: '%',
    tone: 'strong',
    details: [[say('of one core', 'dim')]],
    weight: 1,
    least: 13,
  }
}
