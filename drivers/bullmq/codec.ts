import type { Job, JobsOptions } from 'bullmq'
import type { Backoff, StoredJob } from '../../src/contract/index.ts'
import { bullIdOf, foreignIdOf, ownIdOf } from './ids.ts'

/**
 * How one of our jobs lies in a BullMQ queue, and one of BullMQ's in our hands. Its data is the plain input, so that a BullMQ
 * worker can run it; what BullMQ has no word for travels in an option of our own, which BullMQ keeps and does not read.
 */

/** What BullMQ has no word for: JSON in `opts.fiberWork`. */
interface Mark {
  /** Version of the input's shape. */
  v?: number
  /** Overrides of the enqueue. */
  o?: unknown
  /** `raw`: the data is our body as text. `bare`: there was no input. */
  is?: 'raw' | 'bare'
  p?: number
  g?: string
  t?: string[]
  h?: [string, string][]
}

/** `opts` as we write them. */
export type MarkedOptions = JobsOptions & { fiberWork?: string }

/** BullMQ has nothing that goes before its default, so everything from 5 on is that; below it, lower comes later. */
const priorityNeutral = 5

export interface BullEntry {
  name: string
  data: unknown
  opts: MarkedOptions
}

export function toBull(job: StoredJob, nowMs: number): BullEntry {
  const { data, mark } = fromBody(job.body)
  if (job.priority !== priorityNeutral) mark.p = job.priority
  if (job.group !== undefined) mark.g = job.group
  if (job.tags !== undefined) mark.t = job.tags
  if (job.headers !== undefined) mark.h = Object.entries(job.headers)
  const delay = job.due === undefined ? 0 : 'inMs' in job.due ? job.due.inMs : job.due.atMs - nowMs
  return {
    name: job.name,
    data,
    opts: {
      jobId: bullIdOf(job.id),
      timestamp: nowMs,
      fiberWork: JSON.stringify(mark),
      ...retriesOf(mark.o),
      ...(delay > 0 && { delay: Math.round(delay) }),
      ...(job.priority < priorityNeutral && { priority: priorityNeutral - job.priority }),
    },
  }
}

/** One of BullMQ's jobs as a stored job. A job that our client enqueued comes back as it was given. */
export function fromBull(queue: string, job: Job): StoredJob {
  const id = job.id ?? ''
  const mark = markOf(job)
  if (mark === undefined) {
    const priority = Math.max(0, priorityNeutral - (job.opts.priority ?? 0))
    return { id: foreignIdOf(queue, id), queue, name: job.name, priority, body: foreignBody(job) }
  }
  const stored: StoredJob = {
    id: ownIdOf(id),
    queue,
    name: job.name,
    priority: mark.p ?? priorityNeutral,
    body: toBody(job.data, mark),
  }
  if (mark.g !== undefined) stored.group = mark.g
  if (mark.t !== undefined) stored.tags = mark.t
  if (mark.h !== undefined) stored.headers = Object.fromEntries(mark.h)
  return stored
}

/** Our client enqueued it; BullMQ's retention and retries are then ours to say. */
export function isOwn(job: Job): boolean {
  return typeof (job.opts as MarkedOptions).fiberWork === 'string'
}

function markOf(job: Job): Mark | undefined {
  const { fiberWork } = job.opts as MarkedOptions
  if (typeof fiberWork !== 'string') return undefined
  try {
    return JSON.parse(fiberWork) as Mark
  } catch {
    return undefined
  }
}

/** The plain input of a sealed body; whatever is no body of ours travels as text, and comes back byte for byte. */
function fromBody(body: string): { data: unknown; mark: Mark } {
  const sealed = parsed(body)
  if (sealed === undefined) return { data: body, mark: { is: 'raw' } }
  const { v, o, ...rest } = sealed
  const mark: Mark = { v: v as number }
  if (o !== undefined) mark.o = o
  if (!('d' in rest)) mark.is = 'bare'
  return { data: 'd' in rest ? rest.d : {}, mark }
}

function parsed(body: string): { v: unknown; o?: unknown; d?: unknown } | undefined {
  if (!body.startsWith('{"v":')) return undefined
  try {
    const sealed = JSON.parse(body) as { v: unknown }
    const known = Object.keys(sealed).every((key) => key === 'v' || key === 'o' || key === 'd')
    return known && Number.isSafeInteger(sealed.v) && JSON.stringify(sealed) === body ? sealed : undefined
  } catch {
    return undefined
  }
}

function toBody(data: unknown, mark: Mark): string {
  if (mark.is === 'raw') return typeof data === 'string' ? data : JSON.stringify(data)
  const overrides = mark.o === undefined ? '' : `,"o":${JSON.stringify(mark.o)}`
  const input = mark.is === 'bare' ? '' : `,"d":${JSON.stringify(data)}`
  return `{"v":${mark.v ?? 1}${overrides}${input}}`
}

/** As good as for ever, which is what a producer means by more. */
const attemptsMax = 1_000_000
const tenYearsMs = 10 * 365.25 * 86_400_000

/** Attempts and backoff as the producer said them, so that BullMQ's meaning of them holds. */
function foreignBody(job: Job): string {
  const backoff = backoffOf(job.opts.backoff)
  const attempts = Math.min(attemptsMax, Math.max(1, Math.floor(job.opts.attempts ?? 1)))
  const overrides = { attempts, ...(backoff !== undefined && { backoff }) }
  return `{"v":1,"o":${JSON.stringify(overrides)},"d":${JSON.stringify(job.data)}}`
}

/** Undefined for a strategy that lives in the code of a BullMQ worker: then the definition's backoff decides. */
function backoffOf(backoff: JobsOptions['backoff']): Backoff | undefined {
  if (backoff === undefined || typeof backoff === 'number') return inOurWords('fixed', backoff ?? 0, 0)
  const { type, delay = 0, jitter = 0 } = backoff
  if (type !== 'fixed' && type !== 'exponential') return undefined
  return inOurWords(type === 'fixed' ? 'fixed' : 'exponential', delay, jitter)
}

/** BullMQ has no longest delay. Its jitter is a share; ours has three steps, and the nearest is taken. */
function inOurWords(kind: 'fixed' | 'exponential', baseMs: number, share: number): Backoff {
  const jitter = share < 0.25 ? 'none' : share < 0.75 ? 'equal' : 'full'
  return { kind, baseMs: Math.min(Math.max(0, baseMs), tenYearsMs), maxMs: tenYearsMs, jitter }
}

/** What a BullMQ worker needs to retry one of our jobs as its enqueue said. */
function retriesOf(overrides: unknown): Pick<JobsOptions, 'attempts' | 'backoff'> {
  const { attempts, backoff } = (overrides ?? {}) as { attempts?: number; backoff?: Backoff }
  const type = backoff?.kind === 'exponential' ? 'exponential' : 'fixed'
  return {
    ...(attempts !== undefined && { attempts }),
    ...(backoff !== undefined && backoff.kind !== 'custom' && { backoff: { type, delay: backoff.baseMs } }),
  }
}
