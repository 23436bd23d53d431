import { failuresIn, failuresText, withFailure } from '../../src/base/failures.ts'
import { type Extra, extraIn, pack, stateCodes, type Stored, type TerminalCode } from './codec.ts'
import type { Line, Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** One job and where it is, as every verb but the batched ones looks at it. */
export interface Found {
  n: number
  line: Line
  rank: number
  attempts: number
  crashes: number
  /** Undefined: it has no row in fw_fate. */
  state: number | undefined
  loan: number
  pos: number
  dueAtMs: number | undefined
  cancelling: boolean
  extra: string | null
}

type FoundRow = [
  n: number,
  line: number,
  rank: number,
  firstDue: number | null,
  extra: string | null,
  state: number | null,
  loan: number,
  pos: number | null,
  due: number | null,
  attempts: number,
  crashes: number,
  cancelling: number | null,
]
const select = `select j.n, j.line, j.rank, j.due as first_due, j.extra, f.state, f.loan, f.pos, f.due, f.attempts, f.crashes,
  f.cancelling from fw_job j left join fw_fate f on f.n = j.n`
const byN = `${select} where j.n = ?`
const byId = `${select} where j.id = ?`

export const findByN = (unit: Unit, n: number): Found | undefined => found(unit, unit.sql.get<FoundRow>(byN, n))
export const findById = (unit: Unit, id: Stored): Found | undefined => found(unit, unit.sql.get<FoundRow>(byId, id))

function found(unit: Unit, row: FoundRow | undefined): Found | undefined {
  if (row === undefined) return undefined
  const untouched = row[5] === null
  return {
    n: row[0],
    line: unit.lineById(row[1]),
    rank: row[2],
    extra: row[4],
    state: row[5] ?? undefined,
    loan: row[6] ?? 0,
    pos: row[7] ?? row[0],
    dueAtMs: (untouched ? row[3] : row[8]) ?? undefined,
    attempts: row[9] ?? 0,
    crashes: row[10] ?? 0,
    cancelling: row[11] === 1,
  }
}

export const isWaiting = ({ state }: Found): boolean => state === undefined || state === stateCodes.waiting

/** Put a job into the ready ones. `pos` orders it among those of its line and priority. */
export function addReady(
  unit: Unit,
  job: Pick<Found, 'n' | 'line' | 'rank' | 'attempts' | 'crashes'>,
  pos: number,
): void {
  const { n, line, rank, attempts, crashes } = job
  unit.sql.run(
    'insert into fw_ready (line, rank, pos, n, since, attempts, crashes) values (?, ?, ?, ?, ?, ?, ?)',
    line.line,
    rank,
    pos,
    n,
    unit.nowMs,
    attempts,
    crashes,
  )
  unit.ready(line, 1)
}

export function addDelayed(
  unit: Unit,
  job: Pick<Found, 'n' | 'line' | 'rank' | 'attempts' | 'crashes'>,
  dueAtMs: number,
): void {
  const { n, line, rank, attempts, crashes } = job
  unit.sql.run(
    'insert into fw_delayed (q, due, n, line, rank, attempts, crashes) values (?, ?, ?, ?, ?, ?, ?)',
    line.queue.q,
    dueAtMs,
    n,
    line.line,
    rank,
    attempts,
    crashes,
  )
  line.queue.delayed++
  unit.stirred = true
}

/** Take a job that waits out of the ready or delayed ones. */
export function leaveWaiting(unit: Unit, { n, line, rank, pos, dueAtMs }: Found): void {
  if (dueAtMs === undefined) {
    unit.sql.run('delete from fw_ready where line = ? and rank = ? and pos = ?', line.line, rank, pos)
    unit.ready(line, -1)
  } else {
    unit.sql.run('delete from fw_delayed where q = ? and due = ? and n = ?', line.queue.q, dueAtMs, n)
    line.queue.delayed--
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
  unit.running(job.line, -1)
  if (job.line.queue.limits !== undefined) unit.stirred = true
  unit.sql.run(
    `update fw_fate set state = 0, loan = 0, attempts = ?, crashes = ?, pos = ?, due = ?, text = coalesce(?, text)
     where n = ?`,
    attempts,
    crashes,
    pos,
    dueAtMs ?? null,
    error === undefined ? null : pack(error),
    job.n,
  )
  if (job.cancelling) endCancelled(unit, job, 'cancelled')
  else if (dueAtMs === undefined) addReady(unit, { ...job, attempts, crashes }, pos)
  else addDelayed(unit, { ...job, attempts, crashes }, dueAtMs)
}

/** The attempt that runs has failed, or is lost: before its row tells of the next one. */
export function noteFailure({ sql, nowMs }: Unit, n: number, error: string): void {
  const fate = 'select attempts, failures from fw_fate where n = ?'
  const [attempt, text] = sql.get<[number, string | null]>(fate, n)!
  const failures = withFailure(text === null ? undefined : failuresIn(text), { atMs: nowMs, attempt, error })
  sql.run('update fw_fate set failures = ? where n = ?', failuresText(failures), n)
}

const counters = { 2: 'done', 3: 'dead', 4: 'cancelled', 5: 'quarantined' } as const

export function count(queue: Queue, state: TerminalCode, by: number): void {
  queue[counters[state]] += by
}

/** The job ends without a verdict, cancelled where it waited. */
export function endCancelled(unit: Unit, job: Found, reason: string): void {
  unit.sql.run(
    `insert into fw_fate (n, line, state, settled, text) values (?, ?, ?, ?, ?) on conflict (n) do update
     set state = excluded.state, loan = 0, settled = excluded.settled, text = excluded.text, due = null`,
    job.n,
    job.line.line,
    stateCodes.cancelled,
    unit.nowMs,
    reason,
  )
  count(job.line.queue, stateCodes.cancelled, 1)
  releaseKey(unit, job)
}

/** A job that has ended gives its unique key back, unless the key has a time of its own. */
export function releaseKey(unit: Unit, { n, line, extra }: Pick<Found, 'n' | 'line' | 'extra'>): void {
  const key = uniqueOf(extra)?.key
  if (key !== undefined) dropKey(unit, line.queue.q, pack(key), n)
}

export function dropKey(unit: Unit, q: number, key: Stored, n: number): void {
  unit.sql.run('delete from fw_key where q = ? and key = ? and n = ? and until is null', q, key, n)
}

export function uniqueOf(extra: string | null): Extra['unique'] {
  return extraIn(extra).unique
}

/** Forget a job and what happened to it. */
export function forget(unit: Unit, n: number): void {
  unit.sql.run('delete from fw_fate where n = ?', n)
  unit.sql.run('delete from fw_job where n = ?', n)
}
