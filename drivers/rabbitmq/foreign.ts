import { isUtf8 } from 'node:buffer'
import { priorityDefault, type StoredJob } from '../../src/contract/index.ts'
import type { ConsumeMessage } from './client.ts'
import { type Headers, type Parcel, priorityOf } from './wire.ts'

/** Plain messages, of any producer: the body is the input as JSON, and the name is said somewhere. */

/** As the core has it for names of jobs. */
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/
const idLengthMax = 255
const headersMax = 50
const headerLengthMax = 1_000

export interface Reading {
  queue: string
  /** The queue as the broker calls it: that key says nothing of a name. */
  brokerQueue: string
  bodyBytesMax: number
  nowMs: number
  newId: () => string
}

/** The job in a plain message, or why there is none. */
export function readForeign(message: ConsumeMessage, reading: Reading): Parcel | string {
  const { content, properties } = message
  const headers: Headers = properties.headers ?? {}
  if (content.length > reading.bodyBytesMax) {
    return `Its body has ${content.length} bytes, and ${reading.bodyBytesMax} are allowed.`
  }
  const name = nameOf(message, reading)
  if (name === undefined) {
    return 'It has no name of a job: neither the header fiber-work-name, nor a message type, nor a routing key of its own.'
  }
  if (!namePattern.test(name)) return `${shown(name)} is no name of a job: 1 to 63 of A–Z a–z 0–9 _ . - are allowed.`
  if (!isUtf8(content)) return 'Its body is not UTF-8, and must be JSON.'
  const input = content.toString('utf8')
  const fault = faultOf(input)
  if (fault !== undefined) return fault
  const id = idOf(properties.messageId) ?? reading.newId()
  const job: StoredJob = {
    id,
    queue: reading.queue,
    name,
    priority: priorityOf(properties.priority) ?? priorityDefault,
    body: `{"v":1,"d":${input}}`,
  }
  const kept = textsOf(headers)
  if (kept !== undefined) job.headers = kept
  return {
    job,
    attempts: 0,
    crashes: 0,
    enqueuedAtMs: sentAtMs(properties.timestamp, reading.nowMs),
    dueAtMs: undefined,
    error: undefined,
  }
}

function nameOf({ properties, fields }: ConsumeMessage, { brokerQueue }: Reading): string | undefined {
  const headers: Headers = properties.headers ?? {}
  const said = headers['fiber-work-name']
  if (typeof said === 'string' && said !== '') return said
  const type: unknown = properties.type
  if (typeof type === 'string' && type !== '') return type
  return fields.routingKey === '' || fields.routingKey === brokerQueue ? undefined : fields.routingKey
}

function faultOf(input: string): string | undefined {
  try {
    JSON.parse(input)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return input === '' ? 'Its body is empty, and must be JSON.' : `Its body is not JSON: ${why.slice(0, 200)}`
  }
}

const idOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= idLengthMax ? value : undefined

/** AMQP counts seconds; some producers write milliseconds. */
function sentAtMs(timestamp: unknown, nowMs: number): number {
  if (typeof timestamp !== 'number' || !(timestamp > 0)) return nowMs
  return Math.min(nowMs, timestamp < 1e11 ? timestamp * 1_000 : timestamp)
}

/** Headers that are text go with the job: a trace context, a tenant. Those of the broker (`x-death`) do not. */
function textsOf(headers: Headers): Record<string, string> | undefined {
  const kept = Object.entries(headers)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].length <= headerLengthMax)
    .filter(([name]) => !/^x-|^fiber-work-name$/.test(name))
    .slice(0, headersMax)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
