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
}

/** The fields of a filter by the words in which they are typed and stand in a URL. */
const textFields = { queue: 'queue', name: 'name', group: 'group', tag: 'tag', id: 'idPrefix' } as const

export interface ReadFilter {
  filter: ListFilter
  /** What of it was not understood, a sentence each. */
  problems: string[]
}

/** `state:dead,quarantined queue:mail older:2h "card was declined"`. Words without a field are looked for in errors. */
export function filterFromText(text: string): ReadFilter {
  const free: string[] = []
  const named: [string, string][] = []
  for (const [, field, quoted, bare] of text.matchAll(/(?:([a-z]+):)?(?:"((?:[^"\\]|\\.)*)"?|(\S+))/gi)) {
    const value = quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1')
    const key = field?.toLowerCase()
    if (key !== undefined && isField(key)) named.push([key, value])
    else free.push(field === undefined ? value : `${field}:${value}`)
  }
  const read = readFields(named)
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
  const { filter } = readFields([...query].filter(([key, value]) => isField(key) && value !== ''))
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
  return fields
}

function readFields(named: readonly [string, string][]): ReadFilter {
  const filter: ListFilter = {}
  const problems: string[] = []
  for (const [key, value] of named) {
    if (value === '') problems.push(`Say what \`${key}:\` should be.`)
    else if (key === 'state') readStates(value, filter, problems)
    else if (key === 'older') readAge(value, filter, problems)
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

function isField(key: string): boolean {
  return key === 'state' || key === 'older' || Object.hasOwn(textFields, key)
}

function quoted(value: string): string {
  return /^[^\s"\\]+$/.test(value) ? value : inQuotes(value)
}

function inQuotes(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
