import { randomFillSync, randomUUIDv7 } from 'node:crypto'

export interface Timer {
  readonly timer: unknown
}

/**
 * All time, timers, randomness and ids of the core. One object is handed from the composition root to whoever needs it,
 * so that a simulation can run several workers on several virtual clocks in one process.
 */
export interface Env {
  /** Wall clock, milliseconds since 1970. It may jump. */
  nowMs(): number
  /** Monotonic clock, fractional milliseconds from an arbitrary start. */
  monoMs(): number
  /** Run once after `delayMs` (0 … 2^31 − 1). An `idle` timer does not keep the process alive. */
  setTimer(run: () => void, delayMs: number, kind?: 'idle'): Timer
  clearTimer(timer: Timer | undefined): void
  /** Run after the I/O of this turn of the event loop. */
  immediate(run: () => void): void
  /** Run in this turn still, when all promise reactions that wait now, and those that they cause, have run. */
  afterReactions(run: () => void): void
  /** 0 ≤ n < 1 */
  random(): number
  /** A UUIDv7: sorts by creation time. */
  id(): string
}

/** The longest delay a timer takes; `setTimeout` fires at once beyond it. */
export const timerMsMax = 2 ** 31 - 1

export const systemEnv: Env = {
  nowMs: () => Date.now(),
  monoMs: () => performance.now(),
  setTimer(run, delayMs, kind) {
    const timer = setTimeout(run, Math.min(delayMs, timerMsMax))
    if (kind === 'idle') timer.unref()
    return { timer }
  },
  clearTimer(timer) {
    if (timer !== undefined) clearTimeout(timer.timer as NodeJS.Timeout)
  },
  immediate(run) {
    setImmediate(run)
  },
  afterReactions(run) {
    process.nextTick(run)
  },
  random: () => Math.random(),
  id: () => randomUUIDv7(),
}

/** The machine's monotonic clock, milliseconds from its start: one and the same in all threads, unlike `monoMs`. */
export const machineMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000

let bytesDrawn = 0
let bytes = Buffer.alloc(0)

/** Random bytes that nobody can guess (nonces, tokens), up to 64 at a time; never a simulation's. */
export function secretBytes(count: number): Buffer {
  // Asked for in bulk: a call into the generator costs more than a nonce of a job.
  if (bytesDrawn + count > bytes.length) {
    bytes = randomFillSync(Buffer.allocUnsafeSlow(4_096))
    bytesDrawn = 0
  }
  bytesDrawn += count
  return bytes.subarray(bytesDrawn - count, bytesDrawn)
}

/** Resolves after `delayMs`, or as soon as the signal aborts; it never rejects: look at the signal. */
export function sleep(env: Env, delayMs: number, signal?: AbortSignal, kind?: 'idle'): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const wake = () => {
      env.clearTimer(timer)
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const timer = env.setTimer(wake, delayMs, kind)
    signal?.addEventListener('abort', wake, { once: true })
  })
}

/** Waits for the promise, but no longer than `ms`; answers whether it came in time. Its rejection is passed on. */
export function within(env: Env, ms: number, awaited: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = env.setTimer(() => resolve(false), Math.max(0, ms))
    awaited.then(() => resolve(true), reject).finally(() => env.clearTimer(timer))
  })
}
