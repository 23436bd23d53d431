import type { StoredJob, Unique } from '../../src/contract/index.ts'
import { priorityDefault } from '../../src/contract/index.ts'
import { unwire, wire, wireBody } from '../redis-common/wire.ts'

/** How a job lies in a stream: names of fields and their values in turn. `scripts/lib/entry.lua` lists the names. */
export type Fields = string[]

/** `[key, mode, forMs]`, as the scripts read it. */
export type WireUnique = [string, Unique['mode'], number]

export function wireUnique({ key, mode, forMs }: Unique): WireUnique {
  return [wire(key), mode, forMs ?? 0]
}

/** What most jobs have comes first and in this order: Redis then keeps the names once for many entries. */
export function fieldsOf({ id, name, priority, group, unique, tags, headers, body }: StoredJob): Fields {
  const fields = ['id', wire(id), 'name', wire(name), 'sealed', wireBody(body)]
  if (priority !== priorityDefault) fields.push('priority', String(priority))
  if (group !== undefined) fields.push('group', wire(group))
  if (unique !== undefined) fields.push('unique', JSON.stringify(wireUnique(unique)))
  if (tags !== undefined) fields.push('tags', JSON.stringify(tags))
  // Pairs: a header may be called __proto__.
  if (headers !== undefined) fields.push('headers', JSON.stringify(Object.entries(headers)))
  return fields
}

/** A job and what is counted beside it. Times by the store's clock. */
export interface Opened {
  job: StoredJob
  attempts: number
  crashes: number
  enqueuedAtMs: number
  /** Since when it was ready. */
  readyAtMs: number
  startedAtMs?: number
  /** Of the last attempt, or why it has ended. */
  error?: string
  /** Of the attempts that failed or were lost a line each. */
  failures?: string
}

/** An entry of a stream. `queue` as it stands in Redis. */
export function open(queue: string, entry: string, fields: Fields): Opened {
  const addedAtMs = Number(entry.slice(0, entry.indexOf('-')))
  const job: StoredJob = { id: '', queue: unwire(queue), name: '', priority: priorityDefault, body: '' }
  const opened: Opened = { job, attempts: 0, crashes: 0, enqueuedAtMs: addedAtMs, readyAtMs: addedAtMs }
  for (let i = 0; i < fields.length; i += 2) readField(opened, fields[i]!, fields[i + 1]!)
  if (job.id === '') job.id = unwire(`${queue}:${entry}`)
  return opened
}

function readField(opened: Opened, name: string, value: string): void {
  const { job } = opened
  switch (name) {
    case 'id':
      return void (job.id = unwire(value))
    case 'name':
      return void (job.name = unwire(value))
    case 'sealed':
      return void (job.body = unwire(value))
    case 'body':
      return void (job.body = sealed(value))
    case 'priority':
      return void (job.priority = Number(value))
    case 'group':
      return void (job.group = unwire(value))
    case 'unique':
      return void (job.unique = uniqueIn(value))
    case 'tags':
      return void (job.tags = JSON.parse(value) as string[])
    case 'headers':
      return void (job.headers = headersIn(value))
    case 'attempts':
      return void (opened.attempts = Number(value))
    case 'crashes':
      return void (opened.crashes = Number(value))
    case 'enqueuedAt':
      return void (opened.enqueuedAtMs = Number(value))
    case 'dueAt':
      return void (opened.readyAtMs = Number(value))
    case 'startedAt':
      return void (opened.startedAtMs = Number(value))
    case 'failures':
      return void (opened.failures = value)
    case 'error':
    case 'reason':
      return void (opened.error = unwire(value))
  }
}

/** Of a done job, as its verdict gave it. */
export function resultIn(fields: Fields): string | undefined {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === 'result') return unwire(fields[i + 1]!)
  return undefined
}

/** What is kept of a done job, for `scripts/lib/done.lua`: its queue, then all fields. */
export function doneRecord(
  queue: string,
  opened: Opened & { startedAtMs: number },
  result: string | undefined,
): string {
  const { job, attempts, crashes, enqueuedAtMs, startedAtMs, error, failures } = opened
  const fields = ['queue', queue, ...fieldsOf(job), 'enqueuedAt', String(enqueuedAtMs), 'attempts', String(attempts)]
  if (crashes > 0) fields.push('crashes', String(crashes))
  fields.push('startedAt', String(startedAtMs))
  if (error !== undefined) fields.push('error', wireBody(error))
  if (failures !== undefined) fields.push('failures', failures)
  if (result !== undefined) fields.push('result', wireBody(result))
  return JSON.stringify(fields)
}

/** Plain JSON of whoever it was, as the input of a job of the first version. */
const sealed = (json: string): string => `{"v":1,"d":${json}}`

function uniqueIn(text: string): Unique {
  const [key, mode, forMs] = JSON.parse(text) as WireUnique
  return { key: unwire(key), mode, ...(forMs > 0 && { forMs }) }
}

/** Ours are pairs; anybody else writes an object. */
function headersIn(text: string): Record<string, string> {
  const headers = JSON.parse(text) as [string, string][] | Record<string, string>
  return Array.isArray(headers) ? Object.fromEntries(headers) : headers
}
