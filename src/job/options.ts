import type { Backoff } from '../base/backoff.ts'
import type { Principal } from '../contract/principal.ts'
import type { Unique } from '../contract/job.ts'
import type { Keep } from '../contract/verdict.ts'
import { aFunction, anObject, type Check, either, integer, milliseconds, off, shown } from './check.ts'
import type { JobContext } from './context.ts'
import type { GiveUp, RetryIn, Snooze } from './control.ts'
import type { Queue } from './queue.ts'
import type { Schema } from './schema.ts'

/** What `onError` may answer: the policy's own verdict (nothing, `retry`), `dead`, or exactly what a control error says. */
export type Classified = 'retry' | 'dead' | Snooze | RetryIn | GiveUp | undefined | void

/** Wraps every attempt of a definition, or of a worker; it must call `next` once and give its answer back. */
export type Middleware = (job: JobContext, next: () => Promise<unknown>) => unknown

/** A unique key with its mode: see `Unique` of the contract. `keep` by default. */
export type UniqueOption = string | (Omit<Unique, 'mode'> & { mode?: Unique['mode'] })

/** The options of a definition. `In` is what is enqueued and stored, `Data` what the handler gets. */
export interface JobOptions<In, Data> {
  /** Any Standard Schema; `unchecked<T>()` for none. Without it the job takes no input. */
  input?: Schema<In, Data>
  /** Its queue, by name or declared with limits; `default` by default. */
  queue?: string | Queue
  /** 0–9, higher first; 5 by default. */
  priority?: number
  /** How often it is tried in all, 1–1000; 5 by default. */
  attempts?: number
  /** Exponential from 1 s with full jitter up to 1 h by default. */
  backoff?: Backoff
  /** An attempt may take this long, then its signal is aborted; 5 min by default, `false` for no limit. */
  timeoutMs?: number | false
  /** How long it may ignore its aborted signal before it is declared stuck; 30 s by default. */
  stuckMs?: number
  /** How long it may keep the event loop in one stretch before it is reported (`loop.blocked`); the worker's by default: 1 s. */
  blockMsMax?: number
  /**
   * Where the handler runs: on the event loop with all others (default), or in a thread of its worker, for work that computes, or that
   * must be ended by force. A handler of the thread lane lives in a file that a thread can import again. See docs/threads.md.
   */
  lane?: 'loop' | 'thread'
  /** Heap of the thread, in MiB, 16 or more; a job that needs more fails with `FW_THREAD_MEMORY`. Only in `lane: 'thread'`. */
  memoryMbMax?: number
  /**
   * Whose job it is. It is `job.tenant` and stands in every log line; caches, sessions and databases can be kept apart by it; and it is
   * the group, where no other is given: tenants take fair turns, with limits of their own.
   */
  tenant?: string | ((data: Data) => string | undefined)
  /** Whose fair turn it takes: a host, an account. The tenant's by default. */
  group?: string | ((data: Data) => string | undefined)
  unique?: UniqueOption | ((data: Data) => UniqueOption | undefined)
  tags?: string[] | ((data: Data) => string[])
  headers?: Record<string, string>
  /** How long and how many done records are kept; 1 h and 10,000 a queue by default, `false` for none. */
  keep?: Keep | false
  /** Decide about an error; without an answer the policy decides. */
  onError?: (error: unknown, job: JobContext) => Classified | Promise<Classified>
  /** The version of the input's shape, from 1; raise it with a change that old inputs do not satisfy. */
  version?: number
  /** Carry an input of an older version over to the present one. */
  upgrade?: (input: unknown, fromVersion: number) => unknown
  use?: Middleware[]
  /**
   * Encrypt its inputs and results in the store. By default where the client has keys (`connect(url, { encryption })`); `true`: without keys an
   * enqueue is refused; `false`: they are stored as they are.
   */
  encrypt?: boolean
  /**
   * Fields of the input that readers of the API, of exports and of listings do not see: paths like `card.number` or `users.*.email`; `true`
   * for all of it. A zod schema can say so too: `.meta({ sensitive: true })`.
   */
  sensitive?: readonly string[] | true
}

/** The options of one enqueue; they win over the definition's. */
export interface EnqueueOptions {
  /** An id of your own: enqueued twice it answers `duplicate`. */
  id?: string
  priority?: number
  /** Start no sooner than in this time. */
  delayMs?: number
  /** Start no sooner than then: a Date, or milliseconds since 1970. */
  runAt?: Date | number
  /** Whose job it is; of a job that a job enqueues, by default the same. */
  tenant?: string
  group?: string
  /**
   * Who asks for it: `Auth.user()` in its handler. By default whoever acts here (`Auth.actAs`, the running job's own); `false` for
   * nobody. It travels signed.
   */
  as?: Principal | false
  unique?: UniqueOption
  tags?: string[]
  /** Added to the definition's. `traceparent` and `tracestate` are carried into the job's facade calls. */
  headers?: Record<string, string>
  attempts?: number
  backoff?: Exclude<Backoff, { kind: 'custom' }>
  timeoutMs?: number | false
  keep?: Keep | false
}

const tenYearsMs = 10 * 365.25 * 86_400_000
const text: Check = (value) => (typeof value === 'string' ? undefined : 'a string')
const list: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') && value.length <= 32
    ? undefined
    : 'a list of up to 32 strings'
const isPath = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 512 && value.split('.').every((part) => part !== '')
const headers: Check = (value) =>
  anObject(value) ??
  (Object.values(value as object).every((item) => typeof item === 'string') ? undefined : 'an object of strings')

const backoff: Check = (value) => {
  const { kind, baseMs, maxMs, jitter, delayMs } = (anObject(value) === undefined ? value : {}) as Record<
    string,
    unknown
  >
  if (kind === 'custom') return typeof delayMs === 'function' ? undefined : "{ kind: 'custom', delayMs: function }"
  const fine =
    ['fixed', 'linear', 'exponential'].includes(kind as string) &&
    milliseconds(0, tenYearsMs)(baseMs) === undefined &&
    (maxMs === undefined || milliseconds(0, tenYearsMs)(maxMs) === undefined) &&
    (jitter === undefined || ['none', 'full', 'equal'].includes(jitter as string))
  return fine
    ? undefined
    : "{ kind: 'fixed' | 'linear' | 'exponential', baseMs, maxMs?, jitter?: 'none' | 'full' | 'equal' } or { kind: 'custom', delayMs }"
}

const unique: Check = (value) => {
  if (typeof value === 'string') return undefined
  const { key, mode, forMs, ...rest } = (anObject(value) === undefined ? value : {}) as Record<string, unknown>
  const fine =
    typeof key === 'string' &&
    (mode === undefined || mode === 'keep' || mode === 'replace') &&
    (forMs === undefined || milliseconds(1, tenYearsMs)(forMs) === undefined) &&
    Object.keys(rest).length === 0
  return fine ? undefined : "a key, or { key, mode?: 'keep' | 'replace', forMs? }"
}

const keep: Check = either(off, (value) => {
  const { count, ageMs } = (anObject(value) === undefined ? value : {}) as Record<string, unknown>
  const fine = integer(0, 10_000_000)(count) === undefined && milliseconds(0, tenYearsMs)(ageMs) === undefined
  return fine ? undefined : '{ count, ageMs }'
})

const shared: Record<string, Check> = {
  priority: integer(0, 9),
  attempts: integer(1, 1_000),
  backoff,
  timeoutMs: either(off, milliseconds(1, tenYearsMs)),
  headers,
  keep,
}

export const jobOptionsTable: Record<string, Check> = {
  ...shared,
  input: (value) =>
    (typeof value === 'object' || typeof value === 'function') && value !== null && '~standard' in value
      ? undefined
      : 'a Standard Schema (zod, valibot, arktype, …) or unchecked<T>()',
  queue: either(text, (value) =>
    anObject(value) === undefined && 'name' in (value as object) ? undefined : 'a queue of defineQueue',
  ),
  stuckMs: milliseconds(1, tenYearsMs),
  blockMsMax: milliseconds(200, 3_600_000),
  lane: (value) => (value === 'loop' || value === 'thread' ? undefined : "'loop' or 'thread'"),
  memoryMbMax: integer(16, 65_536),
  tenant: either(text, aFunction),
  group: either(text, aFunction),
  unique: either(unique, aFunction),
  tags: either(list, aFunction),
  onError: aFunction,
  version: integer(1, 1_000_000),
  upgrade: aFunction,
  encrypt: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  sensitive: (value) =>
    value === true || (Array.isArray(value) && value.length <= 256 && value.every(isPath))
      ? undefined
      : 'true, or a list of up to 256 paths like `card.number` or `users.*.email`',
  use: (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'function') ? undefined : 'a list of functions',
}

export const enqueueOptionsTable: Record<string, Check> = {
  ...shared,
  backoff: (value) =>
    backoff(value) ??
    ((value as Backoff).kind === 'custom' ? 'anything but custom, which only a definition can hold' : undefined),
  id: text,
  delayMs: milliseconds(0, tenYearsMs),
  runAt: (value) =>
    Number.isFinite(Number(value)) &&
    (value instanceof Date || typeof value === 'number') &&
    Number(value) >= 0 &&
    Number(value) < 8.64e15
      ? undefined
      : `a valid Date or milliseconds since 1970 (got ${shown(value)})`,
  tenant: text,
  group: text,
  as: either(off, anObject),
  unique,
  tags: list,
}
