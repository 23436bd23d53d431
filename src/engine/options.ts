import type { Env } from '../base/env.ts'
import type { TraceMode } from '../base/tracing.ts'
import type { Driver } from '../contract/driver.ts'
import type { FiberWorkError } from '../contract/errors.ts'
import type { HttpClient } from '../contract/http.ts'
import type { Transactor } from '../contract/transaction.ts'
import type { Keep } from '../contract/verdict.ts'
import type { AnyHandler } from '../job/definition.ts'
import type { Keyring } from '../job/keyring.ts'
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
  /**
   * With one of these two the queue is balanced: every three seconds it is given more or fewer slots, by how much work waits in it and for how
   * long; never fewer than `min` (1 by default) and never more than `max` (the worker's concurrency by default). `concurrency` is where it begins.
   */
  min?: number
  max?: number
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

/** A handler that is to run in a thread, and the job that it runs for. */
export interface HandOver {
  fiber: Fiber
  handler: AnyHandler
  /** What the schema gave. */
  data: unknown
  attemptsMax: number
  timeoutMs: number
  /** The thread begins: the job's time runs from now on. */
  begun: () => void
}

/** Runs handlers in threads. */
export interface Lane {
  /** What the handler returns or throws there; as soon as the job is told to stop before it has begun, that. */
  run(hand: HandOver): Promise<unknown>
  /** The worker stops: what waits for a thread goes back to its queue. */
  drain(): void
}

export interface EngineOptions {
  /** Of queues that say so: what is kept of done jobs whose definition says nothing else. */
  doneKeep?: Record<string, Keep>
  env: Env
  driver: Driver
  registry: Registry
  concurrency: number
  queues: Record<string, QueueShare>
  middleware: Middleware[]
  http: HttpClient
  /** Where `job.commit` commits unless it is told otherwise. */
  db?: Transactor<unknown>
  sentries: readonly Sentry[]
  /** Where handlers of the thread lane run; without it they run here. */
  lane?: Lane
  /** How a traced job hangs together with whoever enqueued it; `parent` by default. */
  traceMode?: TraceMode
  load: LoadProbe
  leaseMs: number
  /** Renews the lease while the event loop cannot; without it the beats do. */
  guard?: LeaseGuard
  beatMs: number
  graceMs: number
  stuckMs: number
  startSliceMs: number
  resultBytesMax: number
  /** Of encrypted inputs and results. */
  keys?: Keyring
  /** Of follow-ups; never more than the store takes. */
  bodyBytesMax: number
  /** A short JSON text about the worker for `beat`. */
  about: () => string
}
