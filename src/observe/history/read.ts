import { FiberWorkError } from '../../contract/errors.ts'
import type { History, HistoryPoint, HistoryRequest } from '../../contract/history.ts'
import type { Ledger } from '../../contract/ledger.ts'
import { spreadOf } from './buckets.ts'
import { addCell, type Cell, counted, emptyCell } from './cell.ts'
import { beforeTime, hourMs, hourPrefix, minuteMs, minutePrefix, partPrefix, timeOf } from './keys.ts'
import { readSpan } from './record.ts'
import { addLevels, type Depth } from './span.ts'

/** More points are answered by none. */
export const pointsMax = 1_500
const pageMax = 250
/** Pages that one call reads, of all kinds together. */
const pagesMax = 200
const spanMsMax = 400 * 24 * hourMs

type Levels = { inFlightMax: number; depth: Depth | undefined }
type Kind = typeof hourPrefix | typeof minutePrefix | typeof partPrefix

/**
 * What all processes at a ledger have written down of a time, as a series. The present minute is missing, and of the last one what is not
 * written yet. Throws `FW_CONFIG_INVALID` for a time that is none.
 */
export async function readHistory(ledger: Ledger, request: HistoryRequest & { toMs: number }): Promise<History> {
  const reading = new Reading(ledger, checked(request))
  // Hours first: where there are some, a point is an hour at least.
  for (const kind of [hourPrefix, minutePrefix, partPrefix] as const) await reading.read(kind)
  return reading.history()
}

class Reading {
  readonly #ledger: Ledger
  readonly #request: Checked
  readonly #cells = new Map<number, Cell>()
  /** By minute or hour, and queue: what ran at once in several processes is added up before it is compared with other times. */
  readonly #levels = new Map<number, Map<string, Levels>>()
  readonly #queues = new Set<string>()
  readonly #names = new Set<string>()
  #stepMs: number
  #pages = 0
  #whole = true

  constructor(ledger: Ledger, request: Checked) {
    this.#ledger = ledger
    this.#request = request
    this.#stepMs = request.stepMs
  }

  async read(kind: Kind): Promise<void> {
    const { fromMs, toMs } = this.#request
    let after = beforeTime(kind, fromMs)
    for (;;) {
      if (this.#pages++ >= pagesMax) return void (this.#whole = false)
      const page = await this.#ledger.list(kind, pageMax, after)
      for (const { key, value } of page) {
        const atMs = timeOf(key, kind)
        if (atMs >= toMs) return
        this.#take(kind, atMs, value)
      }
      if (page.length < pageMax) return
      after = page.at(-1)!.key
    }
  }

  history(): History {
    const stepMs = this.#stepMs
    const fromMs = Math.floor(this.#request.fromMs / stepMs) * stepMs
    const toMs = Math.ceil(this.#request.toMs / stepMs) * stepMs
    const levels = this.#levelsByStep(fromMs)
    const points = Array.from({ length: (toMs - fromMs) / stepMs }, (_, at) =>
      pointOf(fromMs + at * stepMs, this.#cells.get(fromMs + at * stepMs), levels.get(fromMs + at * stepMs)),
    )
    const [queues, names] = [[...this.#queues].toSorted(), [...this.#names].toSorted()]
    return { fromMs, toMs, stepMs, points, queues, names, whole: this.#whole }
  }

  #take(kind: Kind, atMs: number, value: string): void {
    const span = Number.isNaN(atMs) ? undefined : readSpan(value)
    if (span === undefined) return
    if (kind === hourPrefix) this.#stepMs = coarse(this.#request, Math.max(this.#stepMs, hourMs))
    for (const [queue, line] of span) {
      this.#queues.add(queue)
      if (this.#request.queue !== undefined && this.#request.queue !== queue) continue
      this.#level(atMs, queue, line)
      for (const [name, cell] of line.names) {
        this.#names.add(name)
        if (this.#request.name === undefined || this.#request.name === name) addCell(this.#cell(atMs), cell)
      }
    }
  }

  /** Of jobs of one name it is not known. */
  #level(atMs: number, queue: string, { inFlightMax, depth }: Levels): void {
    if (this.#request.name !== undefined) return
    let queues = this.#levels.get(atMs)
    if (queues === undefined) this.#levels.set(atMs, (queues = new Map()))
    const known = queues.get(queue)
    if (known === undefined) queues.set(queue, { inFlightMax, depth })
    else addLevels(known, { inFlightMax, depth }, 'beside')
  }

  #cell(atMs: number): Cell {
    const stepAtMs = Math.floor(atMs / this.#stepMs) * this.#stepMs
    let cell = this.#cells.get(stepAtMs)
    if (cell === undefined) this.#cells.set(stepAtMs, (cell = emptyCell()))
    return cell
  }

  /** Of each queue its most in the step; of all queues together the sum of that. */
  #levelsByStep(fromMs: number): Map<number, Levels> {
    const stepped = new Map<number, Map<string, Levels>>()
    for (const [atMs, queues] of [...this.#levels].toSorted(([a], [b]) => a - b)) {
      const stepAtMs = Math.max(fromMs, Math.floor(atMs / this.#stepMs) * this.#stepMs)
      const step = stepped.get(stepAtMs) ?? new Map<string, Levels>()
      stepped.set(stepAtMs, step)
      for (const [queue, levels] of queues) {
        const known = step.get(queue)
        if (known === undefined) step.set(queue, { ...levels })
        else addLevels(known, levels, 'after')
      }
    }
    return new Map([...stepped].map(([atMs, queues]) => [atMs, together([...queues.values()])]))
  }
}

function together(queues: Levels[]): Levels {
  const sum: Levels = { inFlightMax: 0, depth: undefined }
  for (const levels of queues) addLevels(sum, levels, 'other')
  return sum
}

function pointOf(atMs: number, cell: Cell | undefined, levels: Levels | undefined): HistoryPoint {
  const counts = Object.fromEntries(counted.map((name, at) => [name, cell?.counts[at] ?? 0]))
  const runMs = cell && spreadOf(cell.run, cell.runMs)
  const waitMs = cell && spreadOf(cell.wait, cell.waitMs)
  const { atMs: _, ...depth } = levels?.depth ?? { atMs: 0 }
  return {
    atMs,
    ...(counts as Record<(typeof counted)[number], number>),
    inFlightMax: levels?.inFlightMax ?? 0,
    ...(runMs && { runMs }),
    ...(waitMs && { waitMs }),
    ...('ready' in depth && { depth }),
  }
}

type Checked = HistoryRequest & { toMs: number; stepMs: number }

function checked(request: HistoryRequest & { toMs: number }): Checked {
  const { fromMs, toMs, stepMs = minuteMs } = request
  const fine = [fromMs, toMs, stepMs].every((value) => Number.isFinite(value) && value >= 0)
  if (!fine || fromMs >= toMs || toMs - fromMs > spanMsMax) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `A history is read from \`fromMs\` up to a later \`toMs\` (milliseconds since 1970, up to 400 days), not from ${String(fromMs)} to ${String(toMs)} in steps of ${String(stepMs)}.`,
    )
  }
  return { ...request, stepMs: coarse({ fromMs, toMs }, stepMs) }
}

/** Whole minutes, and so many that there are not too many points, whatever minute the time begins in. */
function coarse({ fromMs, toMs }: { fromMs: number; toMs: number }, stepMs: number): number {
  const least = Math.max(stepMs, minuteMs, (toMs - fromMs) / (pointsMax - 1))
  const unitMs = stepMs >= hourMs ? hourMs : minuteMs
  return Math.ceil(least / unitMs) * unitMs
}
