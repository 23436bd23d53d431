import { failuresIn } from '../../src/base/failures.ts'
import type { JobRecord } from '../../src/contract/index.ts'
import { stateCodes, stateOf, unpack, unpackGroup } from './codec.ts'
import { isAmong } from './ranges.ts'
import { jobOf } from './job-of.ts'
import { asText, type Row, type Sql } from './sql.ts'

/** Everything that is known about the jobs that this condition on `j` finds. Job by job: no table in between, which texts would make slow. */
export const selectRecords = (
  { t }: Sql,
  where: string,
): string => `select straight_join j.q, j.n, ${asText('j.id')} as id,
    ${asText('q.name')} as qname, ${asText('i.grp')} as gname, j.prio, ${asText('j.name')} as jname, j.at, j.extra, j.body, j.due as first_due,
    f.state, f.due, f.started, f.settled, f.attempts, f.crashes, f.cancelling, f.text, f.error, f.progress, ${asText('s.name')} as sname, j.failures
  from ${t.job} j left join ${t.fate} f on f.q = j.q and f.n = j.n join ${t.line} i on i.q = j.q and i.line = j.line join ${t.queue} q on q.q = j.q
  left join ${t.session} s on f.s > 0 and s.s = f.s where ${where}`

type RecordRow = [
  q: number,
  n: number,
  id: string,
  queue: string,
  grp: string,
  prio: number,
  name: string,
  at: number,
  extra: string | null,
  body: string,
  firstDue: number | null,
  state: number | null,
  due: number | null,
]

type Tail = [
  started: number | null,
  settled: number | null,
  attempts: number | null,
  crashes: number | null,
  cancelling: number | null,
  text: string | null,
  error: string | null,
  progress: string | null,
  session: string | null,
  failures: string | null,
]

export function recordOf(row: Row, nowMs: number): JobRecord {
  const [, , id, queue, grp, prio, name, enqueuedAtMs, extra, body, firstDue, state, laterDue] =
    row as unknown as RecordRow
  const [started, settled, attempts, crashes, cancelling, text, error, progress, session, failures] = row.slice(
    13,
  ) as Tail
  const due = state === null ? firstDue : laterDue
  const record: JobRecord = {
    job: jobOf({ queue: unpack(queue), group: unpackGroup(grp), prio, id, name, extra, body }),
    state: stateOf(state, due, nowMs),
    attempts: attempts ?? 0,
    crashes: crashes ?? 0,
    enqueuedAtMs,
  }
  if (record.state === 'delayed') record.dueAtMs = due!
  if (started !== null) record.startedAtMs = started
  if (settled !== null && settled > 0) record.settledAtMs = settled
  if (session !== null) record.session = unpack(session)
  if (text !== null) record[state === stateCodes.done ? 'result' : 'error'] = unpack(text)
  if (error !== null) record.error = unpack(error)
  if (progress !== null) record.progress = unpack(progress)
  if (failures !== null) record.failures = failuresIn(failures)
  if (cancelling === 1 && state === stateCodes.running) record.cancelling = true
  return record
}

/** By number, in the order of the numbers that are asked for. */
export async function recordsByNumber(sql: Sql, q: number, ns: readonly number[], nowMs: number): Promise<JobRecord[]> {
  if (ns.length === 0) return []
  const [rows = []] = await sql.run([selectRecords(sql, `j.q = ${q} and ${isAmong('j.n', ns)}`)])
  const found = new Map(rows.map((row) => [row[1], row]))
  return ns.flatMap((n) => {
    const row = found.get(n)
    return row === undefined ? [] : [recordOf(row, nowMs)]
  })
}
