import { failuresIn } from '../../src/base/failures.ts'
import { FiberWorkError, type JobRecord } from '../../src/contract/index.ts'
import { shownId, type Stored, stateCodes, stateOf, unpack } from './codec.ts'
import { hasHugeNumber } from './huge-numbers.ts'
import { jobOf } from './reserve.ts'
import type { Sql } from './sql.ts'

type RecordRow = [
  id: Stored,
  queue: Stored,
  grouped: number,
  grp: Stored,
  rank: number,
  name: Stored,
  at: number,
  extra: string | null,
  body: Stored,
  firstDue: number | null,
  state: number | null,
  due: number | null,
  ...tail: Tail,
]

const select = `select j.id, q.name as queue, i.grouped, i.grp, j.rank, j.name, j.at, j.extra, j.body, j.due as first_due,
    f.state, f.due, f.started, f.settled, f.attempts, f.crashes, f.cancelling, f.text, f.error, f.progress, f.failures, s.name as session
  from fw_job j join fw_line i on i.line = j.line join fw_queue q on q.q = i.q left join fw_fate f on f.n = j.n
  left join fw_loan l on f.loan > 0 and l.loan = f.loan left join fw_session s on s.s = l.s`
export const recordById = `${select} where j.id = ?`
export const recordByN = `${select} where j.n = ?`

/** Everything that is known about one job. Throws `FW_STORE_CORRUPT` for what none of ours has written. */
export function readRecord(
  sql: Sql,
  by: typeof recordById | typeof recordByN,
  key: Stored | number,
  nowMs: number,
): JobRecord | undefined {
  const row = sql.get<RecordRow>(by, key)
  if (row === undefined) return undefined
  if (hasHugeNumber(row)) throw broken(row[0])
  const [id, queue, grouped, grp, rank, name, enqueuedAtMs, extra, body, firstDue, state, laterDue] = row
  const [started, settled, attempts, crashes, cancelling, text, error, progress, failures, session] = row.slice(
    12,
  ) as Tail
  const due = state === null ? firstDue : laterDue
  const record: JobRecord = {
    job: jobOf(unpack(queue), grouped === 1 ? unpack(grp) : undefined, rank, id, name, extra, body),
    state: stateOf(state, due, nowMs),
    attempts: attempts ?? 0,
    crashes: crashes ?? 0,
    enqueuedAtMs,
  }
  if (record.state === 'delayed') record.dueAtMs = due!
  if (started !== null) record.startedAtMs = started
  if (settled !== null) record.settledAtMs = settled
  if (session !== null) record.session = session
  if (text !== null) record[state === stateCodes.done ? 'result' : 'error'] = unpack(text)
  if (error !== null) record.error = unpack(error)
  if (progress !== null) record.progress = unpack(progress)
  if (failures !== null) record.failures = readFailures(failures, id)
  if (cancelling === 1 && state === stateCodes.running) record.cancelling = true
  return record
}

function readFailures(text: string, id: Stored): JobRecord['failures'] & object {
  try {
    return failuresIn(text)
  } catch {
    throw broken(id)
  }
}

const broken = (id: unknown): FiberWorkError =>
  new FiberWorkError('FW_STORE_CORRUPT', `The record of the job ${JSON.stringify(shownId(id))} cannot be read.`)

type Tail = [
  started: number | null,
  settled: number | null,
  attempts: number | null,
  crashes: number | null,
  cancelling: number | null,
  text: Stored | null,
  error: Stored | null,
  progress: Stored | null,
  failures: string | null,
  session: string | null,
]
