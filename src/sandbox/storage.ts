import { AsyncLocalStorage } from 'node:async_hooks'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from './fiber.ts'

/**
 * What the storage holds: a small box around the fiber, emptied when the job settles. Whatever outlives the job (a pooled
 * socket, an interval, an Error) keeps the box alive at most, never the job's data.
 */
export interface Handle {
  fiber: Fiber | undefined
}

const key = Symbol.for('fiber-work.storage')
const shared = globalThis as { [key]?: AsyncLocalStorage<Handle> }

/** One storage for the process, also when two copies of the package are loaded: each further one slows every `await` down. */
export const storage: AsyncLocalStorage<Handle> = (shared[key] ??= new AsyncLocalStorage<Handle>())

/**
 * Run outside of any job: for clients, pools and connections that belong to the process. A connection opened during a job
 * would otherwise carry that job's context for ever.
 */
export const outside: <R>(run: () => R) => R = storage.run(undefined as never, () => AsyncLocalStorage.snapshot())

/** The running fiber, undefined outside of a job. After the job has settled: throws `FW_JOB_SETTLED`. */
export function currentFiber(): Fiber | undefined {
  const handle = storage.getStore()
  if (handle === undefined) return undefined
  if (handle.fiber === undefined) {
    throw new FiberWorkError(
      'FW_JOB_SETTLED',
      'This belongs to a job that has already ended; await what a handler starts.',
    )
  }
  return handle.fiber
}

/** The running fiber without a judgement: undefined outside of a job and after its end. */
export function peekFiber(): Fiber | undefined {
  return storage.getStore()?.fiber
}
