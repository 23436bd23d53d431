import { createHash } from 'node:crypto'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import { FiberWorkError, type StoredJob } from 'fiber-work/driver'

/** What travels beside the body, in one header: the fields of the job, and its counters. */
export interface Meta extends Omit<StoredJob, 'body' | 'due'> {
  /** Attempts that have been made and were not given back. */
  attempts: number
  crashes: number
  enqueuedAtMs: number
  /** Since when it is ready, or when it will be. */
  readyAtMs: number
  /** Present while it is parked: not to be given out before. */
  dueAtMs?: number
  /** Of the last retry, for who looks at the stream. */
  error?: string
  /** The call or the loan that wrote this message: how a writer whose answer was lost knows its own. */
  by: string
}

const header = 'Fiber-Work'

export function headersOf(meta: Meta): MsgHdrs {
  const made = headers()
  // Header values are lines of ASCII.
  made.set(header, JSON.stringify(meta).replace(/[^\x20-\x7e]/g, escaped))
  return made
}

/** Undefined for a message that no driver wrote. */
export function metaOf(found: MsgHdrs | undefined): Meta | undefined {
  const text = found?.get(header)
  if (text === undefined || text === '') return undefined
  try {
    const meta = JSON.parse(text) as Meta
    return typeof meta.id === 'string' && typeof meta.queue === 'string' ? meta : undefined
  } catch {
    return undefined
  }
}

export function metaFor(job: StoredJob, nowMs: number, by: string): Meta {
  const { body: _, due, ...fields } = job
  const dueAtMs = due === undefined ? nowMs : 'atMs' in due ? due.atMs : nowMs + due.inMs
  const parked = dueAtMs > nowMs
  const counters = { attempts: 0, crashes: 0, enqueuedAtMs: nowMs, readyAtMs: parked ? dueAtMs : nowMs, by }
  return { ...fields, ...counters, ...(parked && { dueAtMs }) }
}

/** A copy: what a handler does to it does not reach what goes back to the stream. */
export function jobOf(meta: Meta, body: string): StoredJob {
  const { attempts: _, crashes: _1, enqueuedAtMs: _2, readyAtMs: _3, dueAtMs: _4, error: _5, by: _6, ...fields } = meta
  return { ...structuredClone(fields), body }
}

/** Throws `FW_BODY_INVALID` for what UTF-8 cannot hold. */
export function payloadOf(job: StoredJob): string {
  if (job.body.isWellFormed()) return job.body
  throw new FiberWorkError('FW_BODY_INVALID', `The body of the job ${job.id} has half a character; NATS takes UTF-8.`)
}

/** Any text as one token of a subject: as it is where that is allowed, else encoded, and hashed where it is long. */
export function token(text: string): string {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(text)) return text
  const encoded = Buffer.from(text).toString('base64url')
  return encoded.length <= 100 ? `=${encoded}` : `==${createHash('sha256').update(text).digest('base64url')}`
}

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
