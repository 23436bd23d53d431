import { currentFiber, storage } from './storage.ts'

/**
 * The function, bound to the job that runs now: whoever calls it (an emitter, a callback API, a pool), it runs inside that job,
 * and does nothing any more once the job has ended. Outside of a job: the function as it is.
 * Throws `FW_JOB_SETTLED` when the job that asks has ended.
 */
export function bind<This, Args extends unknown[], R>(
  run: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R | undefined {
  if (currentFiber() === undefined) return run
  const handle = storage.getStore()!
  return function bound(this: This, ...args: Args): R | undefined {
    // Thrown into a foreign emitter, an error would be an uncaught exception of nobody.
    if (handle.fiber === undefined) return undefined
    return storage.run(handle, () => run.apply(this, args))
  }
}
