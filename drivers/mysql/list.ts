import type { Env } from '../../src/base/env.ts'
import type { JobFilter, JobPage, JobState } from '../../src/contract/index.ts'
import { type Extra, stateCodes, stateOf, unpack, unpackGroup } from './codec.ts'
import type { Link } from './link.ts'
import { recordsByNumber } from './records.ts'
import { asText, clock, type Row, type Sql } from './sql.ts'

/** Jobs of one queue that are looked at in one trip. */
const sliceMax = 500

/** Of all queues together. */
const tripMax = 2_000

const touchedStates: readonly JobState[] = ['running', 'done', 'dead', 'cancelled', 'quarantined']

interface Looked {
  q: number
  n: number
  at: number
  row: Row
}

/** One queue on the way from its newest job to its oldest. */
interface Reader {
  q: number
  name: string
  /** Jobs from here on were looked at. */
  before: number
  slice: Looked[]
  isAtEnd: boolean
}

/** A page of jobs, newest first, looked for in slices: a long search holds up neither the server nor the event loop. */
export async function listJobs(
  link: Link,
  env: Env,
  filter: JobFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<JobPage> {
  const readers = await readersOf(link, filter, cursor)
  const page: JobPage = { jobs: [] }
  for (;;) {
    const left = limit - page.jobs.length
    await link.look('list', async (sql) => {
      const nowMs = await fill(sql, readers, filter)
      const found = newest(readers, filter, nowMs, left)
      page.jobs.push(...(await recordsInOrder(sql, found, nowMs)))
    })
    if (page.jobs.length >= limit) {
      const rest = readers.filter(({ isAtEnd, slice }) => !isAtEnd || slice.length > 0)
      return rest.length === 0 ? page : { ...page, cursor: cursorOf(readers) }
    }
    if (readers.every(({ isAtEnd, slice }) => isAtEnd && slice.length === 0)) return page
    await new Promise<void>((resolve) => env.immediate(resolve))
  }
}

/** The cursor tells for each queue where it was left; a queue that came later is read from its newest job. */
const cursorOf = (readers: readonly Reader[]): string =>
  readers.map(({ q, before, isAtEnd, slice }) => `${q}:${isAtEnd && slice.length === 0 ? 0 : before}`).join(',')

async function readersOf(link: Link, { queue }: JobFilter, cursor: string | undefined): Promise<Reader[]> {
  const left = new Map(cursor?.split(',').map((part) => part.split(':').map(Number) as [number, number]))
  const [rows = []] = await link.run('list', [`select q, ${asText('name')} as qname from ${link.t.queue} order by q`])
  return rows
    .map(([q, name]) => ({ q: q as number, name: unpack(name as string) }))
    .filter(({ name }) => queue === undefined || name === queue)
    .map(({ q, name }) => {
      const before = left.get(q) ?? Number.MAX_SAFE_INTEGER
      return { q, name, before, slice: [], isAtEnd: before === 0 }
    })
}

/** Read on in the queues of which nothing is left in memory. Answers the time. */
async function fill(sql: Sql, readers: readonly Reader[], filter: JobFilter): Promise<number> {
  const empty = readers.filter(({ slice, isAtEnd }) => slice.length === 0 && !isAtEnd)
  const size = Math.max(20, Math.min(sliceMax, Math.ceil(tripMax / Math.max(1, empty.length))))
  const [[[nowMs = 0] = []], ...slices] = (await sql.run([
    `select ${clock} as now`,
    ...empty.map(({ q, before }) => slice(sql, filter, q, before, size)),
  ])) as [Row[], ...Row[][]]
  empty.forEach((reader, i) => {
    reader.slice = slices[i]!.map((row) => ({ q: reader.q, n: row[0] as number, at: row[1] as number, row }))
    reader.isAtEnd = slices[i]!.length < size
  })
  return nowMs as number
}

/** Of all jobs, or of the few that something has happened to, beside a million that wait. */
function slice({ t }: Sql, { states }: JobFilter, q: number, before: number, size: number): string {
  const columns = `j.n, j.at, ${asText('j.id')} as id, ${asText('i.grp')} as gname, ${asText('j.name')} as jname, j.extra, j.due as first_due,
    f.state, f.due, case when f.state <> ${stateCodes.done} then f.text end as failure`
  const line = `join ${t.line} i on i.q = j.q and i.line = j.line`
  if (states?.every((state) => touchedStates.includes(state)) === true) {
    const codes = states.map((state) => stateCodes[state as keyof typeof stateCodes])
    return `select straight_join ${columns} from ${t.fate} f join ${t.job} j on j.q = f.q and j.n = f.n ${line}
      where f.q = ${q} and f.n < ${before} and f.state in (${codes.join(',') || '-1'}) order by f.n desc limit ${size}`
  }
  return `select straight_join ${columns} from ${t.job} j left join ${t.fate} f on f.q = j.q and f.n = j.n ${line}
    where j.q = ${q} and j.n < ${before} order by j.n desc limit ${size}`
}

/** The newest jobs that match, for as long as each queue can say which is its newest. */
function newest(readers: readonly Reader[], filter: JobFilter, nowMs: number, most: number): Looked[] {
  const found: Looked[] = []
  while (found.length < most && readers.every(({ slice, isAtEnd }) => slice.length > 0 || isAtEnd)) {
    let next: Reader | undefined
    for (const reader of readers) {
      if (reader.slice.length > 0 && (next === undefined || isNewer(reader.slice[0]!, next.slice[0]!))) next = reader
    }
    if (next === undefined) break
    const looked = next.slice.shift()!
    next.before = looked.n
    if (matches(looked.row, filter, nowMs)) found.push(looked)
  }
  return found
}

/** Ids begin with when they were made, mostly: that orders jobs of one millisecond in different queues. */
const isNewer = (a: Looked, b: Looked): boolean => a.at > b.at || (a.at === b.at && String(a.row[2]) > String(b.row[2]))

async function recordsInOrder(sql: Sql, found: readonly Looked[], nowMs: number): Promise<JobPage['jobs']> {
  const byId = new Map<string, JobPage['jobs'][number]>()
  for (const q of new Set(found.map((looked) => looked.q))) {
    const ns = found.filter((looked) => looked.q === q).map(({ n }) => n)
    for (const record of await recordsByNumber(sql, q, ns, nowMs)) byId.set(record.job.id, record)
  }
  return found.flatMap(({ row }) => byId.get(unpack(row[2] as string)) ?? [])
}

function matches(row: Row, filter: JobFilter, nowMs: number): boolean {
  const [, at, id, grp, name, extra, firstDue, state, due, failure] = row as [
    number,
    number,
    string,
    string,
    string,
    string | null,
    number | null,
    number | null,
    number | null,
    string | null,
  ]
  const { ageMsMin = 0, states, idPrefix, errorText, tag } = filter
  return (
    (filter.name === undefined || unpack(name) === filter.name) &&
    (filter.group === undefined || unpackGroup(grp) === filter.group) &&
    (states === undefined || states.includes(stateOf(state, state === null ? firstDue : due, nowMs))) &&
    (idPrefix === undefined || unpack(id).startsWith(idPrefix)) &&
    (errorText === undefined || (failure !== null && unpack(failure).includes(errorText))) &&
    (tag === undefined || (extra !== null && (JSON.parse(extra) as Extra).tags?.includes(tag) === true)) &&
    nowMs - at >= ageMsMin
  )
}
