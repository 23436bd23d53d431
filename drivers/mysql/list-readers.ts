import { noCursor, placeIn } from '../../src/base/cursor.ts'
import type { JobFilter, JobState } from '../../src/contract/index.ts'
import { packGroup, stateCodes, unpack } from './codec.ts'
import { unpackNumbers } from './ranges.ts'
import { asText, hex, type Row, type Sql } from './sql.ts'

/**
 * One queue on the way from its newest job to its oldest. It is read from all its jobs; or, where states or ids tell that few of them are
 * meant, from those, whose numbers are known from the places where such jobs stand.
 */
export interface Reader {
  q: number
  /** Jobs from here on were looked at. */
  before: number
  isAtEnd: boolean
  /** When the last job that was looked at was enqueued. */
  atMs: number
  /** Of those that were looked at, the ones that match and are not told yet. */
  found: Row[]
  line: number | undefined
  from: 'job' | 'fate' | number[]
}

/** So many numbers are put in order for one page of a queue. */
const collectMax = 20_000

/** A queue, and the number at which it was left. */
function placeOf(part: string): [q: number, before: number] {
  const [q = '', before = '', ...rest] = part.split(':')
  if (rest.length > 0) throw noCursor()
  return [placeIn(q), placeIn(before)]
}

/** Where one in so many is meant, all are looked at. */
const dense = 10

const counted = ['ready', 'delayed', 'running', 'done', 'dead', 'cancelled', 'quarantined'] as const
type Counts = Record<(typeof counted)[number], number>
const touched: readonly JobState[] = ['running', 'done', 'dead', 'cancelled', 'quarantined']

export async function readersOf(sql: Sql, filter: JobFilter, cursor: string | undefined): Promise<Reader[]> {
  const left = new Map(cursor === undefined ? [] : cursor.split(',').map(placeOf))
  const columns = counted.map((name) => `\`${name}\``).join(', ')
  const [queues = [], lines = []] = await sql.run([
    `select q, ${asText('name')} as qname, ${columns} from ${sql.t.queue} order by q`,
    ...(filter.group === undefined
      ? []
      : [
          `select q, line from ${sql.t.line} where q in (select q from ${sql.t.queue}) and grp = ${sql.text(packGroup(filter.group))}`,
        ]),
  ])
  const lineOf = new Map(lines as [number, number][])
  const ids = filter.idPrefix === undefined ? undefined : await byPrefix(sql, filter.idPrefix)
  const readers: Reader[] = []
  for (const [q, name, ...counts] of queues as [number, string, ...number[]][]) {
    if (filter.queue !== undefined && unpack(name) !== filter.queue) continue
    if (filter.group !== undefined && !lineOf.has(q)) continue
    const before = left.get(q) ?? Number.MAX_SAFE_INTEGER
    const line = lineOf.get(q)
    const isAtEnd = before === 0
    const byState = Object.fromEntries(counted.map((state, i) => [state, Math.max(0, counts[i]!)])) as Counts
    const from = isAtEnd ? [] : ids === undefined ? await placesOf(sql, q, byState, filter, line) : (ids.get(q) ?? [])
    readers.push({ q, before, isAtEnd, atMs: Infinity, found: [], line, from })
  }
  return readers
}

/** Numbers by queue of the jobs whose id begins so; undefined when they are many. */
async function byPrefix({ run, t }: Sql, prefix: string): Promise<Map<number, number[]> | undefined> {
  if (prefix === '' || !prefix.isWellFormed()) return undefined
  const ranges = [prefix, `\u0001${JSON.stringify(prefix).slice(0, -1)}`].map((start) => {
    const bytes = Buffer.from(start).toString('hex')
    return `select q, n from ${t.job} where id >= ${hex(start)} and id < x'${bytes}ff' limit ${collectMax + 1}`
  })
  const rows = (await run(ranges)).flat() as [number, number][]
  if (rows.length > collectMax) return undefined
  return new Map([...Map.groupBy(rows, ([q]) => q)].map(([q, some]) => [q, falling(some.map(([, n]) => n))]))
}

/** Where the jobs of a queue are looked for. */
async function placesOf(
  sql: Sql,
  q: number,
  counts: Counts,
  { states, errorText }: JobFilter,
  line: number | undefined,
): Promise<Reader['from']> {
  const isTouched = errorText !== undefined || states?.every((state) => touched.includes(state)) === true
  const all = isTouched ? 'fate' : 'job'
  const wanted = new Set<JobState>(states ?? (line === undefined ? [] : counted))
  if (errorText !== undefined || wanted.size === 0) return all
  const total = (some: readonly (typeof counted)[number][]) => some.reduce((sum, state) => sum + counts[state], 0)
  // Of one line only its ready ones are known; the jobs that were enqueued in somebody's own transaction are counted nowhere yet.
  const few = total(counted.filter((state) => wanted.has(state) && !(state === 'ready' && line !== undefined)))
  if (
    few > collectMax ||
    (line === undefined &&
      few * dense > total(isTouched ? ['running', 'done', 'dead', 'cancelled', 'quarantined'] : counted))
  )
    return all
  const { t } = sql
  const failed = ['dead', 'cancelled', 'quarantined'] as const
  const codes = failed.filter((state) => wanted.has(state)).map((state) => stateCodes[state])
  const isWaiting = wanted.has('ready') || wanted.has('delayed')
  const most = `limit ${collectMax + 1}`
  const single = [
    ...(wanted.has('ready')
      ? [`select n from ${t.ready} where q = ${q}${line === undefined ? '' : ` and line = ${line}`} ${most}`]
      : []),
    ...(isWaiting
      ? [`select n from ${t.delayed} where q = ${q} ${most}`, `select n from ${t.arrival} where q = ${q} ${most}`]
      : []),
    ...codes.map((code) => `select n from ${t.failed} where q = ${q} and state = ${code} ${most}`),
  ]
  const many = [
    ...(wanted.has('done') ? [`select ns from ${t.kept} where q = ${q}`] : []),
    ...(wanted.has('running') ? [`select ns from ${t.loan} where q = ${q}`] : []),
  ]
  const answers = await sql.run([...single, ...many])
  const numbers = [
    ...answers.slice(0, single.length).flatMap((rows) => rows.map(([n]) => n as number)),
    ...answers.slice(single.length).flatMap((rows) => rows.flatMap(([ns]) => unpackNumbers(ns as string))),
  ]
  return numbers.length > 2 * collectMax || answers.some((rows) => rows.length > collectMax) ? all : falling(numbers)
}

const falling = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => b - a)
