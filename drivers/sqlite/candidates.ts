import type { JobFilter, JobState } from '../../src/contract/index.ts'
import { pack, stateCodes, type Stored, type TerminalCode, unpackNumbers } from './codec.ts'
import { byPrefix } from './id-range.ts'
import type { Sql } from './sql.ts'

/**
 * Where a list looks for its jobs. What time of enqueue (`n`) and state tell is found by indexes that are there for the daily work: the
 * places of a queue, its kept batches, the failed ones, the loans. Where those are too many to be put in order, all jobs are walked from
 * the newest on, or those that something has happened to.
 */
export type Candidates = { walk: 'fw_job' | 'fw_fate' } | { streams: Stream[] }

/** Jobs below `before`, newest first, after a look at `most` of them; all of them from `reached` on are told. */
export type Stream = (sql: Sql, before: number, most: number) => Told
interface Told {
  ns: readonly number[]
  reached: number
  /** Looked at, and left to another stream. */
  skipped: number
}

/** So many numbers are put in order for one page: some 20 ms. */
const collectMax = 20_000

/** With fewer jobs in all, nothing is gained by looking anywhere but among all of them. */
const fewJobs = 2_000

/** Lines of a queue whose heads are walked side by side. */
const linesMax = 32
const ranks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

type QueueRow = [
  q: number,
  name: Stored,
  ready: number,
  delayed: number,
  running: number,
  done: number,
  dead: number,
  cancelled: number,
  quarantined: number,
]
const counted = ['ready', 'delayed', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const
type Counted = (typeof counted)[number]

export function candidatesFor(sql: Sql, filter: JobFilter, nowMs: number): Candidates {
  if (filter.idPrefix !== undefined) {
    const ns = byPrefix(sql, filter.idPrefix, collectMax)
    if (ns !== undefined) return { streams: [collected(ns)] }
  }
  return new Choice(sql, filter, nowMs).made()
}

class Choice {
  readonly #sql: Sql
  readonly #filter: JobFilter
  readonly #nowMs: number
  readonly #queues: QueueRow[]
  /** Of all queues: some indexes do not know them apart. */
  readonly #all: QueueRow[]

  constructor(sql: Sql, filter: JobFilter, nowMs: number) {
    this.#sql = sql
    this.#filter = filter
    this.#nowMs = nowMs
    this.#all = sql.all<QueueRow>(`select q, name, ${counted.join(', ')} from fw_queue`)
    const name = filter.queue === undefined ? undefined : pack(filter.queue)
    this.#queues = name === undefined ? this.#all : this.#all.filter((row) => isSame(row[1], name))
  }

  made(): Candidates {
    const { queue, group, states, errorText } = this.#filter
    const isNarrow = queue !== undefined || group !== undefined || states !== undefined
    const total = counted.reduce((sum, state) => sum + sumOf(this.#all, state), 0)
    // An error is told only where something has happened.
    const everything = { walk: errorText === undefined ? 'fw_job' : 'fw_fate' } as const
    if (!isNarrow || total <= fewJobs) return everything
    if (group !== undefined && !this.#hasGroup(group)) return { streams: [collected([])] }
    const wanted = new Set<JobState>((states ?? counted).filter((state) => this.#mayHave(state)))
    const waiting = this.#waiting(wanted)
    if (waiting === undefined) return everything
    const touched = waiting.fates ? undefined : this.#touched(wanted)
    if (touched !== undefined) return { streams: [...waiting.streams, collected(touched)] }
    return waiting.streams.length === 0 ? { walk: 'fw_fate' } : { streams: [...waiting.streams, fates] }
  }

  #hasGroup(group: string): boolean {
    const text = 'select 1 from fw_line where q = ? and grouped = 1 and grp = ?'
    return this.#queues.some(([q]) => this.#sql.get(text, q, pack(group)) !== undefined)
  }

  #mayHave(state: JobState): boolean {
    // A delayed one that is due is ready.
    if (state === 'ready' || state === 'delayed')
      return sumOf(this.#queues, 'ready') + sumOf(this.#queues, 'delayed') > 0
    return state !== 'blocked' && sumOf(this.#queues, state) > 0
  }

  /** `fates`: those that were moved, or have an error, stand there. Undefined: too many, and in too many lines. */
  #waiting(wanted: ReadonlySet<JobState>): { streams: Stream[]; fates: boolean } | undefined {
    if (!wanted.has('ready') && !wanted.has('delayed')) return { streams: [], fates: false }
    if (this.#filter.errorText !== undefined) return { streams: [], fates: true }
    const later = this.#delayed(wanted.has('delayed'))
    if (later === undefined) return undefined
    if (!wanted.has('ready')) return { streams: [collected(later)], fates: false }
    const few = this.#lines(linesMax + 1)
    const isMany = few.length > linesMax
    // Of a group there is a line in each queue, at most.
    const readyMax = isMany ? sumOf(this.#queues, 'ready') : few.reduce((sum, [, ready]) => sum + ready, 0)
    if (readyMax <= collectMax) {
      const lines = isMany ? this.#lines(Number.MAX_SAFE_INTEGER) : few
      const ready = lines.flatMap(([line]) => column(this.#sql, 'select n from fw_ready where line = ?', line))
      return { streams: [collected([...later, ...ready])], fates: false }
    }
    if (isMany) return undefined
    return { streams: [collected(later), ...this.#heads(few.map(([line]) => line))], fates: true }
  }

  /** Also those that are due and that nobody has promoted yet. */
  #delayed(all: boolean): number[] | undefined {
    const until = all ? Number.MAX_SAFE_INTEGER : this.#nowMs
    const ns: number[] = []
    for (const [q] of this.#queues) {
      const some = `select n from fw_delayed where q = ? and due <= ? limit ${collectMax + 1}`
      for (const n of column(this.#sql, some, q, until)) ns.push(n)
      if (ns.length > collectMax) return undefined
    }
    return ns
  }

  /** Those with ready jobs, and how many; at most `most`. */
  #lines(most: number): [line: number, ready: number][] {
    const { group } = this.#filter
    const text = 'select line, ready from fw_line where q = ? and'
    const found: [number, number][] = []
    for (const [q] of this.#queues) {
      if (found.length >= most) break
      const some =
        group === undefined
          ? this.#sql.all<[number, number]>(`${text} place > 0 limit ? + 0`, q, most - found.length)
          : this.#sql.all<[number, number]>(`${text} grouped = 1 and grp = ? and place > 0`, q, pack(group))
      for (const line of some) found.push(line)
    }
    return found
  }

  /** A job that was never moved stands at its number. */
  #heads(lines: readonly number[]): Stream[] {
    const filled = lines.flatMap((line) =>
      ranks
        .filter((rank) => this.#sql.get('select 1 from fw_ready where line = ? and rank = ? limit 1', line, rank))
        .map((rank) => [line, rank] as const),
    )
    return filled.map(([line, rank]) => (sql, before, most) => {
      const share = Math.max(20, Math.ceil(most / filled.length))
      const rows = sql.all<[pos: number, n: number]>(
        'select pos, n from fw_ready where line = ? and rank = ? and pos < ? order by pos desc limit ? + 0',
        line,
        rank,
        before,
        share,
      )
      const ns = rows.filter(([pos, n]) => n === pos).map(([, n]) => n)
      return { ns, reached: rows.length < share ? 0 : rows.at(-1)![0], skipped: rows.length - ns.length }
    })
  }

  /** Undefined: too many; those that something has happened to are to be walked. */
  #touched(wanted: ReadonlySet<JobState>): number[] | undefined {
    const ns: number[] = []
    const take = (some: readonly number[] | Float64Array) => {
      for (const n of some) ns.push(n)
    }
    // No index knows the failed ones and the loans of a queue from those of another.
    for (const state of ['dead', 'cancelled', 'quarantined'] as const) {
      if (!wanted.has(state)) continue
      if (sumOf(this.#all, state) > collectMax) return undefined
      const code: TerminalCode = stateCodes[state]
      take(column(this.#sql, 'select n from fw_fate where state = ? and state > 2', code))
    }
    if (wanted.has('done')) {
      if (sumOf(this.#queues, 'done') > collectMax) return undefined
      for (const [q] of this.#queues) take(numbers(this.#sql, 'select ns from fw_kept where q = ?', q))
    }
    if (wanted.has('running')) {
      if (sumOf(this.#all, 'running') > collectMax) return undefined
      take(numbers(this.#sql, 'select ns from fw_loan'))
    }
    return ns
  }
}

const sumOf = (rows: readonly QueueRow[], state: Counted): number =>
  rows.reduce((sum, row) => sum + Math.max(0, row[2 + counted.indexOf(state)] as number), 0)

const isSame = (a: Stored, b: Stored): boolean =>
  typeof a === 'string' || typeof b === 'string' ? a === b : Buffer.compare(a, b) === 0

const column = (sql: Sql, text: string, ...values: number[]): number[] =>
  sql.all<[number]>(text, ...values).map(([n]) => n)

const numbers = (sql: Sql, text: string, ...values: number[]): number[] =>
  sql.all<[Uint8Array]>(text, ...values).flatMap(([ns]) => [...unpackNumbers(ns)])

/** Those that something has happened to. */
const fates: Stream = (sql, before, most) => {
  const ns = column(sql, 'select n from fw_fate where n < ? order by n desc limit ? + 0', before, most)
  return { ns, reached: ns.length < most ? 0 : ns.at(-1)!, skipped: 0 }
}

function collected(numbers: Iterable<number>): Stream {
  const sorted = Float64Array.from(new Set(numbers)).sort().reverse()
  return (_, before, most) => {
    const from = firstBelow(sorted, before)
    const ns = [...sorted.subarray(from, from + most)]
    return { ns, reached: from + most < sorted.length ? ns.at(-1)! : 0, skipped: 0 }
  }
}

/** Where in falling numbers the first one below this stands. */
function firstBelow(falling: Float64Array, before: number): number {
  let [low, high] = [0, falling.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (falling[middle]! < before) high = middle
    else low = middle + 1
  }
  return low
}
