import { stateCodes, type TerminalCode, uniqueOf } from './codec.ts'
import type { FateRow } from './pending.ts'
import { isAmong } from './ranges.ts'
import type { Counter, Line, Queue } from './rows.ts'
import type { Row } from './sql.ts'
import type { Part, Unit } from './unit.ts'

/** One job and where it is, as every verb but the batched ones looks at it; changed in memory as the job moves. */
export interface Found {
  q: number
  n: number
  line: number
  prio: number
  attempts: number
  crashes: number
  /** Undefined: it has no row in `fate`. */
  state: number | undefined
  s: number
  loan: number
  pos: number
  dueAtMs: number | undefined
  settledAtMs: number | undefined
  cancelling: boolean
  /** It came in a transaction of somebody else's, and nobody has put it in its place yet. */
  arrived: boolean
  /** It may hold a unique key. */
  keyed: boolean
  extra: string | null
  id: string
}

const keyOf = (q: number, n: number): string => `${q}.${n}`

/** Jobs by their numbers; then `unit.jobs` has them. */
export function findJobs(unit: Unit, q: number, ns: Iterable<number>): Part[] {
  const wanted = [...new Set(ns)].filter((n) => !unit.jobs.has(keyOf(q, n)))
  if (wanted.length === 0) return []
  const { t, lock } = unit.sql
  const text = `select j.q, j.n, j.line, j.prio, j.due, j.extra, convert(j.id using utf8mb4) as id, f.state, f.s, f.loan, f.pos,
      f.due as later, f.settled, f.attempts, f.crashes, f.cancelling, a.n as arrived
    from ${t.job} j left join ${t.fate} f on f.q = j.q and f.n = j.n left join ${t.arrival} a on a.q = j.q and a.n = j.n
    where j.q = ${q} and ${isAmong('j.n', wanted)}${lock}`
  return [{ text, take: (rows) => rows.forEach((row) => keepFound(unit, foundOf(row))) }]
}

export const foundIn = (unit: Unit, q: number, n: number): Found | undefined => unit.jobs.get(keyOf(q, n))
export const keepFound = (unit: Unit, job: Found): unknown => unit.jobs.set(keyOf(job.q, job.n), job)

/** The lines of the jobs that were found, which every move of theirs needs. */
export function linesOfFound(unit: Unit): Part[] {
  const lines = new Map<number, number[]>()
  for (const { q, line } of unit.jobs.values()) {
    if (!unit.hasLine(q, line)) lines.set(q, [...(lines.get(q) ?? []), line])
  }
  return [...lines].map(([q, numbers]) => unit.linesByNumber(q, numbers))
}

function foundOf(row: Row): Found {
  const [q, n, line, prio, firstDue, extra, id, state, s, loan, pos, due, settled, attempts, crashes, cancelling] = row
  const untouched = state === null
  return {
    q: q as number,
    n: n as number,
    line: line as number,
    prio: prio as number,
    keyed: uniqueOf(extra as string | null) !== undefined,
    extra: extra as string | null,
    id: id as string,
    state: untouched ? undefined : (state as number),
    s: (s ?? 0) as number,
    loan: (loan ?? 0) as number,
    pos: (pos ?? n) as number,
    dueAtMs: ((untouched ? firstDue : due) ?? undefined) as number | undefined,
    settledAtMs: (settled ?? undefined) as number | undefined,
    attempts: (attempts ?? 0) as number,
    crashes: (crashes ?? 0) as number,
    cancelling: cancelling === 1,
    arrived: row[16] !== null,
  }
}

export const isWaiting = ({ state }: Found): boolean => state === undefined || state === stateCodes.waiting

export const lineOfJob = (unit: Unit, { q, line }: Pick<Found, 'q' | 'line'>): Line => unit.lineBy(q, line)

type Placed = Pick<Found, 'q' | 'n' | 'line' | 'prio' | 'attempts' | 'crashes'>

const readyKey = ({ q, line, prio }: Placed, pos: number): string => `${q},${line},${prio},${pos}`

/** Put a job into the ready ones. `pos` orders it among those of its line and priority. */
export function addReady(unit: Unit, job: Placed, pos: number, sinceMs = unit.nowMs): void {
  const at = readyKey(job, pos)
  unit.pending.addReady(at, `(${at},${job.n},${sinceMs},${job.attempts},${job.crashes})`)
  unit.ready(lineOfJob(unit, job), 1)
}

export function addDelayed(unit: Unit, job: Placed, dueAtMs: number): void {
  const { q, n, line, prio, attempts, crashes } = job
  const at = `${q},${dueAtMs},${n}`
  unit.pending.addDelayed(at, `(${at},${line},${prio},${attempts},${crashes})`)
  lineOfJob(unit, job).queue.delayed++
  unit.stirred = true
}

/** Take a job that waits out of where it waits. */
export function leaveWaiting(unit: Unit, job: Found): void {
  const { q, n, pos, dueAtMs } = job
  if (job.arrived) {
    unit.pending.dropArrival(q, n)
    job.arrived = false
  } else if (dueAtMs === undefined) {
    unit.pending.dropReady(readyKey(job, pos))
    unit.ready(lineOfJob(unit, job), -1)
  } else {
    unit.pending.dropDelayed(`${q},${dueAtMs},${n}`)
    lineOfJob(unit, job).queue.delayed--
  }
}

/** How a loaned job comes back to its queue. */
export interface Return {
  attempts: number
  crashes: number
  dueAtMs: number | undefined
  pos: number
  /** Undefined leaves the last one. */
  error?: string | undefined
}

/** A loaned job goes back to its queue; one that somebody wants cancelled is cancelled there. */
export function comeBack(unit: Unit, job: Found, { attempts, crashes, dueAtMs, pos, error }: Return): void {
  const line = lineOfJob(unit, job)
  unit.running(line, -1)
  if (line.queue.limits !== undefined) unit.stirred = true
  forgetWish(unit, job)
  const { cancelling } = job
  Object.assign(job, { state: stateCodes.waiting, s: 0, loan: 0, attempts, crashes, pos, dueAtMs, cancelling: false })
  if (cancelling) return endCancelled(unit, job, 'cancelled')
  unit.pending.setFate({ ...fateOf(job), pos, dueAtMs, text: error })
  if (dueAtMs === undefined) addReady(unit, job, pos)
  else addDelayed(unit, job, dueAtMs)
}

export function forgetWish(unit: Unit, { cancelling, s, q, n }: Found): void {
  if (cancelling) unit.pending.last.push(`delete from ${unit.sql.t.wish} where s = ${s} and q = ${q} and n = ${n}`)
}

export const fateOf = ({ q, n, line, prio, state = 0, attempts, crashes }: Found): FateRow => ({
  q,
  n,
  line,
  prio,
  state,
  attempts,
  crashes,
})

const counters = { 2: 'done', 3: 'dead', 4: 'cancelled', 5: 'quarantined' } as const satisfies Record<
  TerminalCode,
  Counter
>

export function count(queue: Queue, state: TerminalCode, by: number): void {
  queue[counters[state]] += by
}

export const failedKey = ({ q, n }: Pick<Found, 'q' | 'n'>, state: number, settledAtMs: number): string =>
  `${q},${state},${settledAtMs},${n}`

/** The job ends without a verdict, cancelled where it waited. */
export function endCancelled(unit: Unit, job: Found, reason: string): void {
  Object.assign(job, { state: stateCodes.cancelled, s: 0, loan: 0, dueAtMs: undefined, settledAtMs: unit.nowMs })
  unit.pending.setFate({ ...fateOf(job), settledAtMs: unit.nowMs, text: reason })
  unit.pending.addFailed(failedKey(job, stateCodes.cancelled, unit.nowMs))
  count(lineOfJob(unit, job).queue, stateCodes.cancelled, 1)
  releaseKey(unit, job)
}

/** A job that has ended gives its unique key back, unless the key has a time of its own. */
export function releaseKey(unit: Unit, { q, n, keyed }: Pick<Found, 'q' | 'n' | 'keyed'>): void {
  if (!keyed) return
  unit.keys.free(q, n)
  unit.pending.freeKeys(q, n)
}

/** Forget a job and what happened to it. */
export function forget(unit: Unit, { q, n }: Pick<Found, 'q' | 'n'>): void {
  unit.pending.forgetJob(q, n)
  unit.jobs.delete(keyOf(q, n))
}
