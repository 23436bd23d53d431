import type { Env } from '../../src/base/env.ts'
import type { JobFilter, JobPage, JobState } from '../../src/contract/index.ts'
import { type Extra, type Stored, stateOf, unpack } from './codec.ts'
import type { Connection } from './connection.ts'
import { readRecord, recordByN } from './records.ts'
import { Unit } from './unit.ts'

/** Jobs looked at between two turns of the event loop: about 2 ms. */
const sliceMax = 500

type LookRow = [
  n: number,
  id: Stored,
  queue: Stored,
  grouped: number,
  grp: Stored,
  name: Stored,
  at: number,
  extra: string | null,
  firstDue: number | null,
  state: number | null,
  due: number | null,
  error: Stored | null,
]
const columns = `j.n, j.id, q.name as queue, i.grouped, i.grp, j.name, j.at, j.extra, j.due as first_due, f.state, f.due,
  case when f.state <> 2 then f.text end as error`
const joins = 'join fw_line i on i.line = j.line join fw_queue q on q.q = i.q'
/** All jobs, newest first. */
const everyJob = `select ${columns} from fw_job j ${joins} left join fw_fate f on f.n = j.n
  where j.n < ? order by j.n desc limit ${sliceMax}`
/** Those that something has happened to: the few beside a million that wait. */
const touchedJobs = `select ${columns} from fw_fate f join fw_job j on j.n = f.n ${joins}
  where f.n < ? order by f.n desc limit ${sliceMax}`

const touchedStates: readonly JobState[] = ['running', 'done', 'dead', 'cancelled', 'quarantined']

/** A page of jobs, newest first, looked for in slices so that a long search does not hold up the event loop. */
export async function listJobs(
  connection: Connection,
  env: Env,
  filter: JobFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<JobPage> {
  const page: JobPage = { jobs: [] }
  const text = filter.states?.every((state) => touchedStates.includes(state)) === true ? touchedJobs : everyJob
  let before = cursor === undefined ? Number.MAX_SAFE_INTEGER : Number(cursor)
  for (;;) {
    const more = await connection.read((sql) => {
      const { nowMs } = new Unit(sql)
      const rows = sql.all<LookRow>(text, before)
      for (const row of rows) {
        if (page.jobs.length >= limit) return true
        before = row[0]
        if (!matches(row, filter, nowMs)) continue
        const record = readRecord(sql, recordByN, row[0], nowMs)
        if (record !== undefined) page.jobs.push(record)
      }
      return rows.length === sliceMax
    })
    if (!more) return page
    if (page.jobs.length >= limit) return { ...page, cursor: String(before) }
    await new Promise<void>((resolve) => env.immediate(resolve))
  }
}

function matches(row: LookRow, filter: JobFilter, nowMs: number): boolean {
  const [, id, queue, grouped, grp, name, at, extra, firstDue, state, due, error] = row
  const { ageMsMin = 0, states, idPrefix, errorText, tag } = filter
  return (
    (filter.queue === undefined || unpack(queue) === filter.queue) &&
    (filter.name === undefined || unpack(name) === filter.name) &&
    (filter.group === undefined || (grouped === 1 && unpack(grp) === filter.group)) &&
    (states === undefined || states.includes(stateOf(state, state === null ? firstDue : due, nowMs))) &&
    (idPrefix === undefined || unpack(id).startsWith(idPrefix)) &&
    (errorText === undefined || (error !== null && unpack(error).includes(errorText))) &&
    (tag === undefined || (extra !== null && (JSON.parse(extra) as Extra).tags?.includes(tag) === true)) &&
    nowMs - at >= ageMsMin
  )
}
