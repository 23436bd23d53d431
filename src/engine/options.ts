import type { Env } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import type { FiberWorkError } from '../contract/errors.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Middleware } from '../job/options.ts'
import type { Registry } from '../job/registry.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { LeaseGuard } from './lease.ts'

/** What one queue may have of this worker. */
export interface QueueShare {
  /** Slots at once in this process; the worker's concurrency by default. */
  concurrency?: number
  /** Share against the other queues when slots are short; 1 by default. */
  weight?: number
}

/** How loaded the process is; asked a few times a second. */
export interface LoadProbe {
  /** How late the event loop was in the last moments, milliseconds. */
  loopDelayMs(): number
  /** Used of what is allowed, 0 … 1: heap or resident memory, whichever is nearer its limit. */
  memoryUsed(): number
}

/** Looks at what a job does to the process that it shares with others. */
export interface Sentry {
  /** Before the handler's first line, inside its sandbox. */
  entered(fiber: Fiber): void
  /** At its first `await`, before anything else has run: what has happened since `entered` is this job's doing. */
  paused?(fiber: Fiber): void
  /** After its last one, cleanups included. An error fails the attempt with it, whatever the handler came to. */
  left(fiber: Fiber): FiberWorkError | undefined
}

export interface EngineOptions {
  env: Env
  driver: Driver
  registry: Registry
  concurrency: number
  queues: Record<string, QueueShare>
  middleware: Middleware[]
  http: HttpClient
  sentries: readonly Sentry[]
  load: LoadProbe
  leaseMs: number
  /** Renews the lease while the event loop cannot; without it the beats do. */
  guard?: LeaseGuard
  beatMs: number
  graceMs: number
  stuckMs: number
  startSliceMs: number
  resultBytesMax: number
  /** Of follow-ups; never more than the store takes. */
  bodyBytesMax: number
  /** A short JSON text about the worker for `beat`. */
  about: () => string
}
