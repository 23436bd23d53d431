import { currentFiber, type Handle, storage } from './storage.ts'

/** Whose bound function threw it: on its way out an exception leaves the sandbox, and would be taken for the caller's. */
const thrown = new WeakMap<object, Handle>()

/** The job whose bound function has thrown this, if one has. */
export function boundThrower(error: unknown): Handle | undefined {
  return typeof error === 'object' && error !== null ? thrown.get(error) : undefined
}

/**
 * The function, bound to the job that runs now: whoever calls it (an emitter, a callback API, a pool), it runs inside that job,
 * and does nothing any more once the job has ended. Outside of a job: the function as it is.
 * Throws `FW_JOB_SETTLED` when the job that asks has ended.
 */
export function bind<This, Args extends unknown[], R>(
  run: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R | undefined {
  const handle = currentFiber()?.handle
  if (handle === undefined) return run
  return function bound(this: This, ...args: Args): R | undefined {
    // Thrown into a foreign emitter, an error would be an uncaught exception of nobody.
    if (handle.fiber === undefined) return undefined
    try {
      return storage.run(handle, () => run.apply(this, args))
    } catch (error) {
      if (typeof error === 'object' && error !== null) thrown.set(error, handle)
      throw error
    }
  }
}
