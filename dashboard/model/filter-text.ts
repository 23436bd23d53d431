import { jobStates, type JobState } from '../../src/contract/job.ts'
import { parsedDuration, shortDuration } from './short-duration.ts'

/** Which jobs a list shows: what the API takes as a filter. All given fields must hold. */
export interface ListFilter {
  states?: JobState[]
  queue?: string
  name?: string
  group?: string
  tag?: string
  idPrefix?: string
  /** Contained in the error. */
  error?: string
  /** Enqueued at least so long ago. */
  olderThanMs?: number
  /** Enqueued then or later; ISO 8601, UTC. */
  from?: string
  /** Enqueued before then. */
  to?: string
}

/** The fields of a filter by the words in which they are typed and stand in a URL. */
const textFields = { queue: 'queue', name: 'name', group: 'group', tag: 'tag', id: 'idPrefix' } as const

const momentFields = ['from', 'to'] as const
type MomentField = (typeof momentFields)[number]

export interface ReadFilter {
  filter: ListFilter
  /** What of it was not understood, a sentence each. */
  problems: string[]
}

/**
 * `state:dead,quarantined queue:mail older:2h "card was declined"`. Words without a field are looked for in errors. `from:` and `to:` take a moment, or
 * how long before `nowMs`.
 */
export function filterFromText(text: string, nowMs = Date.now()): ReadFilter {
  const free: string[] = []
  const named: [string, string][] = []
  for (const [, field, quoted, bare] of text.matchAll(/(?:([a-z]+):)?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/gi)) {
    const value = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1')
    const key = field?.toLowerCase()
    if (key !== undefined && isField(key)) named.push([key, value])
    else free.push(field === undefined ? value : `${field}:${value}`)
  }
  const read = readFields(named, nowMs)
  if (free.length > 0) read.filter.error = free.join(' ')
  return read
}

export function filterText(filter: ListFilter): string {
  const fields = fieldsOf(filter).map(([key, value]) => `${key}:${quoted(value)}`)
  const { error } = filter
  // In quotes where it would read as something else.
  const free =
    error === undefined
      ? []
      : [!/\s/.test(error) && filterFromText(error).filter.error === error ? error : inQuotes(error)]
  return [...fields, ...free].join(' ')
}

/** What the query of a URL says; what cannot be read is passed over. */
export function filterFromQuery(query: URLSearchParams): ListFilter {
  const named = [...query].filter(([key, value]) => isField(key) && value !== '')
  const { filter } = readFields(named, Date.now())
  const error = query.get('error')
  return error === null || error === '' ? filter : { ...filter, error }
}

/** `state=dead&queue=mail`: empty for a filter that lets everything through. */
export function filterQuery(filter: ListFilter): string {
  const query = new URLSearchParams(fieldsOf(filter))
  if (filter.error !== undefined) query.set('error', filter.error)
  return query.toString().replaceAll('%2C', ',')
}

function fieldsOf(filter: ListFilter): [string, string][] {
  const fields: [string, string][] = []
  if (filter.states !== undefined) fields.push(['state', filter.states.join(',')])
  for (const [key, field] of Object.entries(textFields)) {
    const value = filter[field]
    if (value !== undefined) fields.push([key, value])
  }
  if (filter.olderThanMs !== undefined) fields.push(['older', shortDuration(filter.olderThanMs)])
  for (const key of momentFields) if (filter[key] !== undefined) fields.push([key, filter[key]])
  return fields
}

function readFields(named: readonly [string, string][], nowMs: number): ReadFilter {
  const filter: ListFilter = {}
  const problems: string[] = []
  for (const [key, value] of named) {
    if (value === '') problems.push(`Say what \`${key}:\` should be.`)
    else if (key === 'state') readStates(value, filter, problems)
    else if (key === 'older') readAge(value, filter, problems)
    else if (isMomentField(key)) readMoment(key, value, nowMs, filter, problems)
    else filter[textFields[key as keyof typeof textFields]] = value
  }
  return { filter, problems }
}

function readStates(value: string, filter: ListFilter, problems: string[]): void {
  const asked = value.split(',').filter(Boolean)
  const states = jobStates.filter((state) => asked.includes(state))
  const unknown = asked.filter((one) => !(jobStates as readonly string[]).includes(one))
  for (const one of unknown) problems.push(`There is no state "${one}": ${jobStates.join(', ')}.`)
  if (states.length > 0) filter.states = states
}

function readAge(value: string, filter: ListFilter, problems: string[]): void {
  const ms = parsedDuration(value)
  if (ms === undefined) problems.push(`"${value}" is no time: 30s, 5m, 2h, 7d.`)
  else filter.olderThanMs = ms
}

function readMoment(key: MomentField, value: string, nowMs: number, filter: ListFilter, problems: string[]): void {
  const agoMs = parsedDuration(value)
  const atMs = agoMs === undefined ? momentOf(value) : nowMs - agoMs
  // Years of four digits are what the API takes, and no job is older than the epoch.
  if (atMs >= 0 && atMs < yearTenThousandMs) filter[key] = new Date(atMs).toISOString()
  else problems.push(`"${value}" is no moment: 2026-11-22T14:00, or how long ago: 30m, 2h, 7d.`)
}

/** With its zone, or as this machine's clock shows it; a day alone begins at its midnight. */
function momentOf(text: string): number {
  const [, day, rest = 'T00:00'] = /^(\d{4}-\d\d-\d\d)(T\S+)?$/i.exec(text) ?? []
  return day === undefined ? NaN : Date.parse(day + rest)
}

const yearTenThousandMs = Date.UTC(10_000, 0)

function isMomentField(key: string): key is MomentField {
  return (momentFields as readonly string[]).includes(key)
}

function isField(key: string): boolean {
  return key === 'state' || key === 'older' || isMomentField(key) || Object.hasOwn(textFields, key)
}

function quoted(value: string): string {
  return /^[^\s"\\]+$/.test(value) ? value : inQuotes(value)
}

function inQuotes(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
