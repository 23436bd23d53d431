import type { CallAbout, CallSpan } from '../base/tracing.ts'
import type { Fiber, Stop } from './fiber.ts'
import { currentFiber } from './storage.ts'

/**
 * One call through a facade, from the job's point of view: it ends with the job's signal, carries its trace, and is
 * reported as a zombie when the job ends before it.
 */
export class FacadeCall {
  readonly fiber: Fiber
  /** What the job waits for, one short line: `GET https://api.example.com/orders`. */
  readonly what: string
  /**
   * Called when the job is told to stop, or has ended, while this call is open. It makes no signal: 10,000 calls in flight
   * need neither a controller nor a listener.
   */
  onStop: ((stop: Stop) => void) | undefined = undefined

  /** Where traces tell of it. */
  span: CallSpan | undefined = undefined

  constructor(fiber: Fiber, what: string) {
    this.fiber = fiber
    this.what = what
    fiber.opened(this)
  }

  get signal(): AbortSignal {
    return this.fiber.signal
  }

  /** The call gets a span of its own, if the job is traced. Whoever asks for it ends it. */
  traced(about: CallAbout): void {
    this.span = this.fiber.trace?.call(about)
  }

  /** The W3C trace context that goes out with it: its own span's, the job's, or what the job was enqueued with. */
  get trace(): { traceparent?: string; tracestate?: string } | undefined {
    return this.span?.headers ?? this.fiber.trace?.headers() ?? this.fiber.loan.job.headers
  }

  /** The call is over, however it ended. Idempotent. */
  end(): void {
    this.fiber.ended(this)
  }
}

/**
 * Open a call for whoever runs now. Undefined outside of a job: facades work there too, bound to nothing.
 * Throws `FW_JOB_SETTLED` when the job that asks has ended.
 */
export function openCall(what: string): FacadeCall | undefined {
  const fiber = currentFiber()
  return fiber === undefined ? undefined : new FacadeCall(fiber, what)
}
