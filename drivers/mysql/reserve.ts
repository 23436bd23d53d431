import type { Reservation, Reserved, Want } from '../../src/contract/index.ts'
import { Door } from './admit.ts'
import { receiptOf, stateCodes } from './codec.ts'
import { linesFor, shareOut, type Took, wakeMax } from './groups.ts'
import { jobOf } from './job-of.ts'
import { type Lending, writeLoan } from './loans.ts'
import type { QueueNames } from './queue-names.ts'
import type { Line, Queue } from './rows.ts'
import type { Row } from './sql.ts'
import { packTaken, type TakenJob } from './taken.ts'
import { type Part, type Unit, vanished } from './unit.ts'

export type Wish = Pick<Want, 'demand' | 'limit'>

/** What a queue may give, and what waits before its door: asked for once it is locked. */
export class Offer {
  readonly q: number
  readonly limit: number
  readonly door: Door
  readonly #unit: Unit
  readonly #only: number | undefined
  #head: Row[] | undefined

  /** `only`: the one line that has ready jobs, as it seems. */
  constructor(unit: Unit, q: number, limit: number, only: number | undefined) {
    this.#unit = unit
    this.q = q
    this.limit = limit
    this.door = new Door(unit, q)
    this.#only = only
  }

  ask(): Part[] {
    const unit = this.#unit
    return [
      unit.linesByTurn(this.q, linesFor(this.limit)),
      unit.linesToWake(this.q, wakeMax),
      ...this.door.ask(this.limit),
      ...this.#askHead(),
    ]
  }

  /** Its jobs are asked for in the same trip, since the queue is locked for as long as we think. */
  #askHead(): Part[] {
    const line = this.#only
    if (line === undefined) return []
    return [headOf(this.#unit, { queue: { q: this.q }, line }, this.limit, (rows) => (this.#head = rows))]
  }

  /** Somebody came to the ready ones since: what was read is not their head any more. */
  forgetHead(): void {
    this.#head = undefined
  }

  /** The jobs of this line, if they were read; once. */
  headOf(line: Line, count: number): Row[] | undefined {
    if (this.#head === undefined || line.line !== this.#only || count > this.limit) return undefined
    const rows = this.#head.slice(0, count)
    this.#head = undefined
    return rows
  }
}

/** The queues of a demand that exist, each once: a queue that is named again gets what the first naming left. */
export function offersOf(
  unit: Unit,
  names: QueueNames,
  { demand, limit }: Wish,
  only: ReadonlyMap<number, number> = new Map(),
): Offer[] {
  const limits = new Map<number, number>()
  for (const { queue, limit: most } of demand) {
    const q = names.of(queue)
    if (q !== undefined && most > 0) limits.set(q, Math.min(limit, (limits.get(q) ?? 0) + most))
  }
  return [...limits].map(([q, most]) => new Offer(unit, q, most, only.get(q)))
}

/** Take jobs on loan, in this transaction. The record is what `recallReserved` needs to give the same answer again. */
export async function reserveInto(
  unit: Unit,
  offers: readonly Offer[],
  limit: number,
  lending: Lending,
): Promise<{ reserved: Reserved; record: string }> {
  await admitAll(unit, offers)
  const reserved: Reserved = { jobs: [], broken: [] }
  const record: TakenJob[] = []
  for (const offer of offers) {
    const { q, limit: most } = offer
    const left = Math.min(most, limit - reserved.jobs.length)
    if (left <= 0) continue
    const taken = await takeFrom(unit, offer, left, lending, reserved.broken)
    for (const { note, reservation } of taken) {
      reserved.jobs.push(reservation)
      record.push(note)
    }
    const ns = taken.map(({ note }) => note.n)
    if (ns.length > 0) writeLoan(unit, lending.s, lending.loan, q, ns)
  }
  return { reserved, record: packTaken(record) }
}

function queueAt(unit: Unit, q: number): Queue {
  const queue = unit.queues.get(q)
  if (queue === undefined) throw vanished()
  return queue
}

/** Whoever waited before a door is among the ready ones before these are read. */
export async function admitAll(
  unit: Unit,
  offers: readonly (Pick<Offer, 'door'> & Partial<Pick<Offer, 'forgetHead'>>)[],
): Promise<void> {
  const lines = offers.flatMap(({ door }) => door.askLines())
  if (lines.length > 0) await unit.ask(lines)
  const admitted = offers.map(({ door }) => door.admit())
  if (!admitted.includes(true)) return
  await unit.sql.run(unit.flush())
  for (const offer of offers) offer.forgetHead?.()
}

interface Taken {
  note: TakenJob
  reservation: Reservation
}

async function takeFrom(unit: Unit, offer: Offer, limit: number, lending: Lending, broken: string[]): Promise<Taken[]> {
  const taken = new Map<Line, Taken[]>()
  const order = await shareOut(unit, queueAt(unit, offer.q), limit, async (heads) => {
    const rows = await readHeads(unit, offer, heads)
    return heads.map(({ line }, i) => {
      const gone = broken.length
      const found = lend(unit, line, rows[i]!, lending, broken)
      taken.set(line, [...(taken.get(line) ?? []), ...found])
      return { left: found.length + broken.length - gone, taken: found.length } satisfies Took
    })
  })
  if (taken.size === 1) return [...taken.values()][0]!
  const next = new Map<Line, number>()
  return order.map((line) => {
    const at = next.get(line) ?? 0
    next.set(line, at + 1)
    return taken.get(line)![at]!
  })
}

async function readHeads(unit: Unit, offer: Offer, heads: { line: Line; count: number }[]): Promise<Row[][]> {
  const [{ line, count }] = heads as [(typeof heads)[number]]
  const known = heads.length === 1 ? offer.headOf(line, count) : undefined
  if (known !== undefined) return [known]
  const rows: Row[][] = []
  await unit.ask(heads.map(({ line, count }) => headOf(unit, line, count, (found) => rows.push(found))))
  return rows
}

interface LineAt {
  queue: Pick<Queue, 'q'>
  line: number
}

/** The head of a line: by priority, then first in, first out. What this transaction has lent before is there no more. */
export function headOf({ sql: { t } }: Unit, { queue: { q }, line }: LineAt, count: number, take: Part['take']): Part {
  return {
    text: `select straight_join r.n, r.prio, r.pos, r.since, r.attempts, r.crashes, convert(j.id using utf8mb4) as id,
        convert(j.name using utf8mb4) as jname, j.at, j.extra, j.body
      from ${t.ready} r left join ${t.job} j on j.q = r.q and j.n = r.n where r.q = ${q} and r.line = ${line}
      order by r.q, r.line, r.prio, r.pos limit ${count}`,
    take,
  }
}

/** Move the first jobs of a line, of which these are the rows, from ready to running. */
function lend(unit: Unit, line: Line, rows: readonly Row[], { s, loan }: Lending, broken: string[]): Taken[] {
  if (rows.length > 0) moveToRunning(unit, line, rows, { s, loan })
  const { nowMs } = unit
  const { q } = line.queue
  const taken: Taken[] = []
  for (const row of rows) {
    const [n, prio, , since, attemptsBefore, crashes] = row as number[] as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const [id, name, at, extra, body] = row.slice(6) as [string | null, string, number, string | null, string]
    if (id === null) {
      unit.pending.last.push(`delete from ${unit.sql.t.fate} where q = ${q} and n = ${n}`)
      broken.push(`${q}.${n}`)
      continue
    }
    const job = jobOf({ queue: line.queue.name, group: line.group, prio, id, name, extra, body })
    const attempts = attemptsBefore + 1
    const waitedMs = Math.max(0, nowMs - since)
    const receipt = receiptOf({ s, loan, q, n, line: line.line, keyed: job.unique !== undefined })
    const note = { q, n, attempts, crashes, waitedMs }
    taken.push({ note, reservation: { receipt, job, attempts, crashes, enqueuedAtMs: at, waitedMs } })
  }
  return taken
}

/**
 * Within the server: the rows are those just read, in ranges of their places, one for each priority. Columns that a verdict fills
 * hold a 0 from the start: a row that keeps its size is changed in place.
 */
function moveToRunning(
  { pending, nowMs, sql: { t } }: Unit,
  line: Line,
  rows: readonly Row[],
  { s, loan }: Lending,
): void {
  const ranges = new Map<number, [number, number]>()
  for (const [, prio, pos] of rows as number[][] as [number, number, number][]) {
    ranges.set(prio, [ranges.get(prio)?.[0] ?? pos, pos])
  }
  for (const [prio, [from, to]] of ranges) {
    const where = `q = ${line.queue.q} and line = ${line.line} and prio = ${prio} and pos between ${from} and ${to}`
    pending.first.push(
      `insert into ${t.fate} (q, n, line, prio, state, s, loan, attempts, crashes, started, settled, batch, cancelling)
       select q, n, line, prio, ${stateCodes.running}, ${s}, ${loan}, attempts + 1, crashes, ${nowMs}, 0, 0, 0 from ${t.ready} where ${where}
       on duplicate key update state = values(state), s = values(s), loan = values(loan), attempts = values(attempts),
         crashes = values(crashes), started = values(started), pos = null, due = null, settled = 0, batch = 0, cancelling = 0,
         progress = null`,
      `delete from ${t.ready} where ${where}`,
    )
  }
}
