import { FiberWorkError } from '../contract/errors.ts'
import type { Env, Timer } from './env.ts'

export interface Awaited {
  /** For the message: `settle`. */
  verb: string
  timeoutMs: number
  /** Nobody waits any more: its reason is the answer. */
  signal?: AbortSignal
  /** The deadline alone does not keep the process alive. */
  kind?: 'idle'
}

/**
 * The answer of the store, or `FW_CALL_TIMEOUT` when it does not come in time: a connection can be silent for ever, and
 * nobody may wait that long. A late answer is dropped.
 */
export function answered<A>(env: Env, awaited: Awaited, answer: Promise<A>): Promise<A> {
  return new Promise((resolve, reject) => {
    const wait = new Wait<A>(env, awaited, resolve, reject)
    answer.then(
      (value) => wait.end()?.resolve(value),
      (error: Error) => wait.end()?.reject(error),
    )
  })
}

/**
 * One who waits. A signal that lives as long as the worker keeps its listeners in a chain, in which those that are gone
 * still lead to those that came after them: what they hold is let go at the end, or old space fills with answers.
 */
class Wait<A> {
  readonly #env: Env
  readonly #signal: AbortSignal | undefined
  readonly #timer: Timer
  #waiting: { resolve: (value: A) => void; reject: (error: Error) => void } | undefined

  constructor(
    env: Env,
    { verb, timeoutMs, signal, kind }: Awaited,
    resolve: (value: A) => void,
    reject: (error: Error) => void,
  ) {
    this.#env = env
    this.#signal = signal
    this.#waiting = { resolve, reject }
    const tooLate = () =>
      this.#fail(new FiberWorkError('FW_CALL_TIMEOUT', `The store did not answer ${verb} within ${timeoutMs} ms.`))
    this.#timer = env.setTimer(tooLate, timeoutMs, kind)
    if (signal?.aborted) this.handleEvent()
    else signal?.addEventListener('abort', this)
  }

  /** Who waits for an answer still, for the last time. */
  end(): { resolve: (value: A) => void; reject: (error: Error) => void } | undefined {
    const waiting = this.#waiting
    if (waiting === undefined) return undefined
    this.#waiting = undefined
    this.#env.clearTimer(this.#timer)
    this.#signal?.removeEventListener('abort', this)
    return waiting
  }

  /** The signal has aborted. */
  handleEvent(): void {
    this.#fail(this.#signal!.reason as Error)
  }

  #fail(error: Error): void {
    this.end()?.reject(error)
  }
}
