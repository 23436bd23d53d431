import { FiberWorkError } from '../contract/errors.ts'
import type { Env } from './env.ts'

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
export function answered<A>(env: Env, { verb, timeoutMs, signal, kind }: Awaited, answer: Promise<A>): Promise<A> {
  return new Promise((resolve, reject) => {
    const end = () => {
      env.clearTimer(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const onAbort = () => fail(signal!.reason)
    const fail = (error: unknown) => {
      end()
      reject(error as Error)
    }
    const timer = env.setTimer(
      () => fail(new FiberWorkError('FW_CALL_TIMEOUT', `The store did not answer ${verb} within ${timeoutMs} ms.`)),
      timeoutMs,
      kind,
    )
    answer.then((value) => (end(), resolve(value)), fail)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort)
  })
}
