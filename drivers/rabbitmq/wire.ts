import type { StoredJob } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { ConsumeMessage, Options } from './client.ts'

/**
 * How one of our jobs lies in a message. Id, name and priority are AMQP's own `message_id`, `type` and `priority`; `app_id` says that it is
 * ours, and since when it waits; what AMQP has no word for, and few messages need, is in headers that begin with `fiber-work-`: a table
 * of them costs both ends more than all the rest. The README documents them for whoever writes or reads such messages.
 */

/** A job, and what is known of it. */
export interface Parcel {
  job: StoredJob
  /** Attempts that have ended, this one not included. */
  attempts: number
  crashes: number
  enqueuedAtMs: number
  /** When a delayed job becomes ready, by the clock of whoever delayed it. */
  dueAtMs: number | undefined
  /** Of the last attempt. */
  error: string | undefined
}

export type Headers = Record<string, unknown>

/** Before the time in `app_id`: `fiber-work/1764500000123`. */
const ours = 'fiber-work/'

/** Short strings have a length byte; whatever may be longer goes into a header. */
const shortBytesMax = 255
/** All properties of a message travel in one frame. */
const headersLengthMax = 16_000
const errorLengthMax = 2_000

export type Marked = Options.Publish & { messageId: string; headers: Headers }

/** Properties and headers of a message. @throws FW_JOB_INVALID */
export function toProperties({ job, attempts, crashes, enqueuedAtMs, dueAtMs, error }: Parcel): Marked {
  const headers: Headers = {}
  const marked: Marked = {
    persistent: true,
    mandatory: true,
    messageId: job.id,
    type: job.name,
    appId: `${ours}${enqueuedAtMs}`,
    priority: job.priority,
    headers,
  }
  if (attempts !== 0) headers['fiber-work-attempts'] = attempts
  if (crashes !== 0) headers['fiber-work-crashes'] = crashes
  if (dueAtMs !== undefined) headers['fiber-work-due'] = dueAtMs
  if (error !== undefined) headers['fiber-work-error'] = error.slice(0, errorLengthMax).toWellFormed()
  if (job.group !== undefined) headers['fiber-work-group'] = job.group
  if (job.tags !== undefined) headers['fiber-work-tags'] = JSON.stringify(job.tags)
  if (job.headers !== undefined) headers['fiber-work-headers'] = JSON.stringify(Object.entries(job.headers))
  if (isLong(job.id)) {
    headers['fiber-work-id'] = job.id
    marked.messageId = job.id.slice(0, 60)
  }
  if (isLong(job.name)) {
    headers['fiber-work-name'] = job.name
    marked.type = ''
  }
  if (job.tags !== undefined || job.headers !== undefined) checkLength(job.id, headers)
  return marked
}

/** UTF-8 cannot say half a character: such a body travels as UTF-16. */
export function toContent(body: string, properties: Options.Publish): Buffer {
  if (body.isWellFormed()) return Buffer.from(body)
  properties.contentEncoding = 'utf-16le'
  return Buffer.from(body, 'utf16le')
}

/** Undefined for a message that is none of ours. */
export function fromMessage(queue: string, { properties, content }: ConsumeMessage): Parcel | undefined {
  const headers: Headers = properties.headers ?? {}
  const enqueuedAtMs = atMsOf(properties.appId)
  if (enqueuedAtMs === undefined) return undefined
  const job: StoredJob = {
    id: textOf(headers['fiber-work-id']) ?? textOf(properties.messageId) ?? '',
    queue,
    name: textOf(headers['fiber-work-name']) ?? textOf(properties.type) ?? '',
    priority: priorityOf(properties.priority) ?? 5,
    body: content.toString(properties.contentEncoding === 'utf-16le' ? 'utf16le' : 'utf8'),
  }
  const group = textOf(headers['fiber-work-group'])
  if (group !== undefined) job.group = group
  const tags = listOf(headers['fiber-work-tags'])
  if (tags !== undefined) job.tags = tags as string[]
  const own = listOf(headers['fiber-work-headers'])
  if (own !== undefined) job.headers = Object.fromEntries(own as [string, string][])
  return {
    job,
    attempts: countOf(headers['fiber-work-attempts']),
    crashes: countOf(headers['fiber-work-crashes']),
    enqueuedAtMs,
    dueAtMs: typeof headers['fiber-work-due'] === 'number' ? headers['fiber-work-due'] : undefined,
    error: textOf(headers['fiber-work-error']),
  }
}

function atMsOf(appId: unknown): number | undefined {
  if (typeof appId !== 'string' || !appId.startsWith(ours)) return undefined
  const atMs = Number(appId.slice(ours.length))
  return Number.isSafeInteger(atMs) && atMs > 0 ? atMs : undefined
}

/** A copy that its holder may change as he likes. */
export function copyOf(job: StoredJob): StoredJob {
  const copy = { ...job }
  if (job.tags !== undefined) copy.tags = [...job.tags]
  if (job.headers !== undefined) copy.headers = Object.fromEntries(Object.entries(job.headers))
  return copy
}

export function priorityOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? Math.min(9, value) : undefined
}

/** A UTF-16 unit has three bytes at most. */
const isLong = (text: string): boolean => text.length > shortBytesMax / 3 && Buffer.byteLength(text) > shortBytesMax

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0

function listOf(text: unknown): unknown[] | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : undefined
  } catch {
    return undefined
  }
}

function checkLength(id: string, headers: Headers): void {
  let length = 0
  for (const value of Object.values(headers)) if (typeof value === 'string') length += value.length
  if (length <= headersLengthMax) return
  throw new FiberWorkError(
    'FW_JOB_INVALID',
    `Headers and tags of the job ${id} have ${length} characters as JSON; RabbitMQ has room for ${headersLengthMax}. Put them into the input.`,
  )
}
