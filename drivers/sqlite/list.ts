import { placeIn } from '../../src/base/cursor.ts'
import type { Env } from '../../src/base/env.ts'
import { isFiberWorkError, type JobFilter, type JobPage, type PageRequest } from '../../src/contract/index.ts'
import { type Candidates, candidatesFor } from './candidates.ts'
import { shownId, type Stored } from './codec.ts'
import type { Connection } from './connection.ts'
import { hasHugeNumber } from './huge-numbers.ts'
import { conditionsOf, lookColumns, type LookRow, matches } from './list-filter.ts'
import { readRecord, recordByN } from './records.ts'
import type { Sql } from './sql.ts'
import { Unit } from './unit.ts'

/** Jobs looked at between two turns of the event loop: about 2 ms. */
const sliceMax = 1_000

/** The next jobs to look at: those of `ns`, or all of the table, with numbers from `from` on. */
interface Slice {
  from: number
  count: number
  ns?: readonly number[]
}

const joins =
  'cross join fw_line i on i.line = j.line cross join fw_queue q on q.q = i.q left join fw_fate f on f.n = j.n'
const sources = {
  fw_job: `fw_job j ${joins} where j.n >= ? and j.n < ?`,
  fw_fate: `fw_fate f cross join fw_job j on j.n = f.n cross join fw_line i on i.line = j.line cross join fw_queue q on q.q = i.q
    where f.n >= ? and f.n < ?`,
  numbers: `json_each(?) v cross join fw_job j on j.n = v.value ${joins} where true`,
} as const

/** A page of jobs, newest first, looked for in slices so that a long search does not hold up the event loop. */
export async function listJobs(
  connection: Connection,
  env: Env,
  filter: JobFilter,
  { limit, cursor, readMax = Infinity }: PageRequest,
): Promise<JobPage> {
  const page = { jobs: [], read: 0 } as JobPage & { read: number }
  let before = cursor === undefined ? Number.MAX_SAFE_INTEGER : placeIn(cursor)
  let candidates: Candidates | undefined
  const told = () => page.jobs.length + (page.broken?.length ?? 0)
  for (;;) {
    const isOver = await connection.read((sql) => {
      const { nowMs } = new Unit(sql)
      candidates ??= candidatesFor(sql, filter, nowMs)
      const slice = sliceOf(sql, candidates, before, Math.max(1, Math.min(sliceMax, readMax - page.read)))
      const looked = look(sql, candidates, filter, { slice, before, nowMs, most: limit - told() })
      for (const { n, id } of looked.found) {
        const record = unlessBroken(() => readRecord(sql, recordByN, n, nowMs))
        if (record === 'broken') (page.broken ??= []).push(shownId(id))
        else if (record !== undefined) page.jobs.push(record)
      }
      page.read += countFrom(sql, candidates, slice, { from: looked.from, before })
      before = looked.from
      const at = sql.get<[number]>('select at from fw_job where n >= ? order by n limit 1', before)
      if (at !== undefined && page.read > 0 && !hasHugeNumber(at)) page.readToMs = at[0]
      return before <= 0
    })
    if (isOver) return page
    if (told() >= limit || page.read >= readMax) return { ...page, cursor: String(before) }
    await new Promise<void>((resolve) => env.immediate(resolve))
  }
}

function sliceOf(sql: Sql, candidates: Candidates, before: number, most: number): Slice {
  if ('walk' in candidates) {
    const [from, count] = sql.get<[number | null, number]>(
      `select min(n), count(*) from (select n from ${candidates.walk} where n < ? order by n desc limit ? + 0)`,
      before,
      most,
    )!
    return { from: count < most ? 0 : from!, count }
  }
  const told = candidates.streams.map((stream) => stream(sql, before, most))
  const from = Math.max(...told.map(({ reached }) => reached))
  const ns = [...new Set(told.flatMap(({ ns }) => ns))].filter((n) => n >= from).sort((a, b) => b - a)
  return { from, ns, count: ns.length + told.reduce((sum, { skipped }) => sum + skipped, 0) }
}

/** The first of a slice that match, and down to which number that was. */
function look(
  sql: Sql,
  candidates: Candidates,
  filter: JobFilter,
  { slice, before, nowMs, most }: { slice: Slice; before: number; nowMs: number; most: number },
): { found: { n: number; id: Stored }[]; from: number } {
  const { text, values } = conditionsOf(filter, nowMs)
  const walk = 'walk' in candidates ? candidates.walk : 'numbers'
  const bounds = slice.ns === undefined ? [slice.from, before] : [`[${slice.ns.join(',')}]`]
  const order = walk === 'numbers' ? '' : `order by ${walk === 'fw_job' ? 'j' : 'f'}.n desc`
  // One more tells whether there is another page. What SQLite cannot tell apart is looked at again, from where it ended.
  const rowsMax = most + 20
  const rows = sql.all<LookRow>(
    `select ${lookColumns} from ${sources[walk]} ${text} ${order} limit ? + 0`,
    ...bounds,
    ...values,
    rowsMax,
  )
  const found: { n: number; id: Stored }[] = []
  let last = 0
  for (const row of rows) {
    if (found.length === most) return { found, from: last }
    last = row[0]
    // Of what cannot be read nobody knows whether it is meant: it is told.
    if (hasHugeNumber(row) || unlessBroken(() => matches(row, filter, nowMs)) !== false)
      found.push({ n: last, id: row[1] })
  }
  return { found, from: rows.length === rowsMax ? last : slice.from }
}

/** One job that somebody else has written to does not hold up all that lie beside it. */
function unlessBroken<Answer>(read: () => Answer): Answer | 'broken' {
  try {
    return read()
  } catch (error) {
    if (isFiberWorkError(error) && error.code === 'FW_STORE_CORRUPT') return 'broken'
    throw error
  }
}

/** How many of a slice were looked at. */
function countFrom(
  sql: Sql,
  candidates: Candidates,
  slice: Slice,
  { from, before }: { from: number; before: number },
): number {
  if (from === slice.from) return slice.count
  if (slice.ns !== undefined) return slice.ns.filter((n) => n >= from).length
  const table = 'walk' in candidates ? candidates.walk : 'fw_job'
  return sql.get<[number]>(`select count(*) from ${table} where n >= ? and n < ?`, from, before)![0]
}
