import type { Env } from '../../src/base/env.ts'
import type { JobFilter, JobPage, PageRequest } from '../../src/contract/index.ts'
import { unpack } from './codec.ts'
import type { Link } from './link.ts'
import { conditionsOf, lookColumns, matches } from './list-filter.ts'
import { type Reader, readersOf } from './list-readers.ts'
import { isAmong } from './ranges.ts'
import { recordsByNumber } from './records.ts'
import { clock, type Row, type Sql } from './sql.ts'

/** Jobs looked at in one trip, of all queues together: few at first, more when few of them match. Of each queue at least some. */
const tripMin = 250
const tripMax = 4_000
const sliceMin = 20

/** Those that match are told at once, at most. */
const foundMax = 500

/** A page of jobs, newest first, looked for in slices: a long search holds up neither the server nor the event loop. */
export async function listJobs(
  link: Link,
  env: Env,
  filter: JobFilter,
  { limit, cursor, readMax = Infinity }: PageRequest,
): Promise<JobPage> {
  const readers = await link.look('list', (sql) => readersOf(sql, filter, cursor))
  const page = { jobs: [], read: 0 } as JobPage & { read: number }
  for (let tripSize = tripMin; ; tripSize = Math.min(tripMax, 3 * tripSize)) {
    const left = limit - page.jobs.length
    await link.look('list', async (sql) => {
      const most = Math.max(1, Math.min(Math.max(tripSize, 2 * left), readMax - page.read))
      const { nowMs, read } = await fill(sql, readers, filter, { most, limit })
      page.read += read
      const found = newest(readers, left)
      page.jobs.push(...(await recordsInOrder(sql, found, nowMs)))
    })
    const toMs = comeTo(readers)
    if (page.read > 0 && Number.isFinite(toMs)) page.readToMs = toMs
    if (readers.every(isOver)) return page
    if (page.jobs.length >= limit || page.read >= readMax) return { ...page, cursor: cursorOf(readers) }
    await new Promise<void>((resolve) => env.immediate(resolve))
  }
}

const isOver = ({ isAtEnd, found }: Reader): boolean => isAtEnd && found.length === 0

/** All jobs that were enqueued later were looked at. */
function comeTo(readers: readonly Reader[]): number {
  const rest = readers.filter((reader) => !isOver(reader))
  if (rest.length === 0) return Math.min(...readers.map(({ atMs }) => atMs))
  return Math.max(...rest.map(({ found: [next], atMs }) => (next === undefined ? atMs : (next[1] as number))))
}

/** The cursor tells for each queue where it was left; a queue that came later is read from its newest job. */
const cursorOf = (readers: readonly Reader[]): string =>
  readers
    .map((reader) => {
      const [next] = reader.found
      return `${reader.q}:${isOver(reader) ? 0 : next === undefined ? reader.before : (next[0] as number) + 1}`
    })
    .join(',')

/** Read on in the queues of which little is left in memory. Answers the time, and how many jobs were looked at. */
async function fill(
  sql: Sql,
  readers: readonly Reader[],
  filter: JobFilter,
  { most, limit }: { most: number; limit: number },
): Promise<{ nowMs: number; read: number }> {
  const rest = readers.filter(({ isAtEnd }) => !isAtEnd)
  const enough = Math.ceil(limit / Math.max(1, rest.length))
  const low = rest.some(({ found }) => found.length === 0) ? rest.filter(({ found }) => found.length < enough) : []
  const size = Math.max(Math.floor(most / Math.max(1, low.length)), Math.min(most, sliceMin))
  const [[[nowMs = 0] = []], ...answers] = (await sql.run([
    `select ${clock} as now`,
    ...low.flatMap((reader) => statementsFor(sql, reader, filter, size)),
  ])) as [Row[], ...Row[][]]
  let read = 0
  low.forEach((reader, i) => {
    const [[[count, from, atMs] = []] = [], rows = []] = answers.slice(3 * i + 1, 3 * i + 3)
    read += take(reader, { count, from, atMs } as Looked, rows, { size, filter, nowMs: nowMs as number })
  })
  return { nowMs: nowMs as number, read }
}

interface Looked {
  count: number
  from: number | null
  atMs: number | null
}

/** How far the next slice reaches, and those in it that match. */
function statementsFor(sql: Sql, reader: Reader, filter: JobFilter, size: number): string[] {
  const { t } = sql
  const { q, before, from, line } = reader
  const conditions = conditionsOf(sql, { filter, line })
  if (typeof from !== 'string') {
    const numbers = next(from, before, size)
    const some = numbers.length === 0 ? 'false' : isAmong('j.n', numbers)
    return [
      'do 0',
      `select count(*), min(n), min(at) from ${t.job} j where j.q = ${q} and ${some}`,
      `select straight_join ${lookColumns} from ${t.job} j left join ${t.fate} f on f.q = j.q and f.n = j.n
        where j.q = ${q} and ${some}${conditions}`,
    ]
  }
  // The slice is known by its lowest number, so that what is in it is read in its order.
  const lowest = `@fw_from_${q}`
  const driving = from === 'job' ? `${t.job} j` : `${t.fate} f join ${t.job} j on j.q = f.q and j.n = f.n`
  const fate = from === 'job' ? `left join ${t.fate} f on f.q = j.q and f.n = j.n` : ''
  const of = from === 'job' ? 'j' : 'f'
  const range = `${of}.q = ${q} and ${of}.n >= ${lowest} and ${of}.n < ${before}`
  return [
    // Not `set … = (select …)`, which waits for rows that others have not committed: only a select reads past them.
    `select min(n) into ${lowest} from (select n from ${t[from]} where q = ${q} and n < ${before} order by q desc, n desc limit ${size}) c`,
    `select straight_join count(*), ${lowest}, min(j.at) from ${driving} where ${range}`,
    `select straight_join ${lookColumns} from ${driving} ${fate} where ${range}${conditions}`,
  ]
}

/** The next of falling numbers. */
function next(numbers: readonly number[], before: number, size: number): number[] {
  const at = numbers.findIndex((n) => n < before)
  return at < 0 ? [] : numbers.slice(at, at + size)
}

/** What was read becomes the reader's. Answers how many jobs were looked at. */
function take(
  reader: Reader,
  { count, from, atMs }: Looked,
  rows: Row[],
  { size, filter, nowMs }: { size: number; filter: JobFilter; nowMs: number },
): number {
  const numbers = typeof reader.from === 'string' ? undefined : next(reader.from, reader.before, size)
  reader.isAtEnd = (numbers?.length ?? count) < size
  reader.before = reader.isAtEnd ? 0 : (numbers?.at(-1) ?? from!)
  if (atMs !== null) reader.atMs = atMs
  rows.sort((a, b) => (b[0] as number) - (a[0] as number))
  reader.found.push(...rows.filter((row) => matches(row, { filter, line: reader.line }, nowMs)))
  // The rest of them is read again.
  if (reader.found.length > foundMax) {
    reader.found.length = foundMax
    reader.before = reader.found.at(-1)![0] as number
    reader.isAtEnd = false
  }
  return numbers?.length ?? count
}

/** The newest jobs that match, for as long as each queue can say which is its newest. */
function newest(readers: readonly Reader[], most: number): { q: number; row: Row }[] {
  const told: { q: number; row: Row }[] = []
  while (told.length < most) {
    let next: Reader | undefined
    for (const reader of readers) {
      if (reader.found.length > 0 && (next === undefined || isNewer(reader.found[0]!, next.found[0]!))) next = reader
    }
    if (next === undefined) break
    const row = next.found[0]!
    // Others may have some that are newer than this one, and were not looked at yet.
    if (readers.some(({ found, isAtEnd, atMs }) => found.length === 0 && !isAtEnd && atMs >= (row[1] as number))) break
    next.found.shift()
    told.push({ q: next.q, row })
  }
  return told
}

/** Ids begin with when they were made, mostly: that orders jobs of one millisecond in different queues. */
const isNewer = (a: Row, b: Row): boolean => a[1]! > b[1]! || (a[1] === b[1] && String(a[2]) > String(b[2]))

async function recordsInOrder(
  sql: Sql,
  found: readonly { q: number; row: Row }[],
  nowMs: number,
): Promise<JobPage['jobs']> {
  const byId = new Map<string, JobPage['jobs'][number]>()
  for (const q of new Set(found.map((looked) => looked.q))) {
    const ns = found.filter((looked) => looked.q === q).map(({ row }) => row[0] as number)
    for (const record of await recordsByNumber(sql, q, ns, nowMs)) byId.set(record.job.id, record)
  }
  return found.flatMap(({ row }) => byId.get(unpack(row[2] as string)) ?? [])
}
