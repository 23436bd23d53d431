import type { Isolation } from '../contract/isolation.ts'
import type { Backoff } from './backoff.ts'
import type { TraceMode } from './tracing.ts'

/** Every default of the product, in one table. Times in milliseconds. */
export const defaults = {
  /** A session's loans live this long without renewal. */
  leaseMs: 30_000,
  /** How often a worker reports to its store: cancellations and pauses arrive with the answer. */
  beatMs: 1_000,
  /** From the first signal to the release of what is unfinished. */
  graceMs: 25_000,
  concurrency: 1_000,
  isolation: 'sample' satisfies Isolation as Isolation,
  attempts: 5,
  backoff: { kind: 'exponential', baseMs: 1_000, maxMs: 3_600_000, jitter: 'full' } satisfies Backoff as Backoff,
  timeoutMs: 300_000,
  /** How long a handler may ignore its aborted signal before it is declared stuck. */
  stuckMs: 30_000,
  /** What is disposed of at the end of a job may take this long. */
  disposeMs: 5_000,
  /** A thread that has not answered its job's abort by then is ended by force: whatever it does, it does not look. */
  threadAnswerMs: 1_000,
  /** A thread without a job is ended after this. */
  threadIdleMs: 30_000,
  /** A thread may take this long to start and to import the file of a handler. */
  threadOpenMs: 30_000,
  /** A handler that keeps the event loop for longer is reported. */
  blockMsMax: 1_000,
  /** Past this the lease of a worker whose loop does not turn is not renewed any more. */
  stallMsMax: 300_000,
  /** A process that owns itself ends with this code then. */
  stalledExitCode: 75,
  /** Done jobs that are kept, a queue. */
  keep: { count: 10_000, ageMs: 3_600_000 },
  /** Dead, cancelled and quarantined jobs are kept this long. */
  deadAgeMs: 14 * 86_400_000,
  queue: 'default',
  priority: 5,
  bodyBytesMax: 262_144,
  resultBytesMax: 262_144,
  /** A call to the store that has not answered by then is repeated under its call id. */
  callTimeoutMs: 10_000,
  /** An enqueue that has not been acknowledged by then fails. */
  enqueueTimeoutMs: 30_000,
  /** Starting jobs for at most this long a turn of the event loop. */
  startSliceMs: 1.5,
  traceMode: 'parent' satisfies TraceMode as TraceMode,
  /** At the end of a process its last spans may take this long to be handed on. */
  tracesFlushMs: 3_000,
} as const
