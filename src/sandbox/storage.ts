import { AsyncLocalStorage } from 'node:async_hooks'
import { FiberWorkError } from '../contract/errors.ts'
import type { Principal } from '../contract/principal.ts'
import type { Fiber } from './fiber.ts'

/**
 * What the storage holds: a small box around the fiber, emptied when the job settles. Whatever outlives the job (a pooled
 * socket, an interval, an Error) keeps the box alive at most, never the job's data.
 */
export interface Handle {
  fiber: Fiber | undefined
  /** True where there never was a job: a producer that acts as somebody. */
  readonly outside?: boolean
  /** Who acts here, where that is not whom the job came with. */
  readonly principal?: Principal
}

const key = Symbol.for('fiber-work.storage')
const shared = globalThis as { [key]?: AsyncLocalStorage<Handle> }

/** One storage for the process, also when two copies of the package are loaded: each further one slows every `await` down. */
export const storage: AsyncLocalStorage<Handle> = (shared[key] ??= new AsyncLocalStorage<Handle>())

const root: <Args extends unknown[], R>(run: (...args: Args) => R, ...args: Args) => R =
  storage.getStore() === undefined
    ? AsyncLocalStorage.snapshot()
    : storage.run(undefined as never, () => AsyncLocalStorage.snapshot())

/**
 * Run outside of any job: for clients, pools and connections that belong to the process. A connection opened during a job
 * would otherwise carry that job's context for ever.
 */
export const outside = <R>(run: () => R): R => root(run)

/**
 * Run inside a job. It begins in the context of the process, so that it sees nothing of whoever started the worker; and not by
 * `storage.run`, which copies the context on its way in and on its way out (0.8 kB a job).
 */
export function inside<Args extends unknown[]>(handle: Handle, run: (...args: Args) => unknown, ...args: Args): void {
  root(enter<Args>, handle, run, args)
}

/** The context that was there before comes back with the end of `root`. */
function enter<Args extends unknown[]>(handle: Handle, run: (...args: Args) => unknown, args: Args): void {
  storage.enterWith(handle)
  run(...args)
}

/** The running fiber, undefined outside of a job. After the job has settled: throws `FW_JOB_SETTLED`. */
export function currentFiber(): Fiber | undefined {
  const handle = storage.getStore()
  if (handle === undefined) return undefined
  if (handle.fiber === undefined) {
    if (handle.outside === true) return undefined
    throw new FiberWorkError(
      'FW_JOB_SETTLED',
      'This belongs to a job that has already ended; await what a handler starts.',
    )
  }
  return handle.fiber
}

/** No job: neither one that runs nor one that has ended. */
export function isOutside(): boolean {
  const handle = storage.getStore()
  return handle === undefined || handle.outside === true
}

/** The running fiber without a judgement: undefined outside of a job and after its end. */
export function peekFiber(): Fiber | undefined {
  return storage.getStore()?.fiber
}
