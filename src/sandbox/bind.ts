import { FiberWorkError } from '../contract/errors.ts'
import { currentFiber, storage } from './storage.ts'

/**
 * The function, bound to the job that runs now: whoever calls it (an emitter, a callback API, a pool), it runs inside that job,
 * and does nothing any more once the job has ended. Outside of a job: the function as it is.
 * Throws `FW_JOB_SETTLED` when the job that asks has ended, `FW_JOB_INVALID` for what is no function.
 */
export function bind<This, Args extends unknown[], R>(
  run: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R | undefined {
  if (typeof run !== 'function')
    throw new FiberWorkError('FW_JOB_INVALID', `bind(run) takes a function, not ${typeof run}.`)
  const handle = currentFiber()?.handle
  if (handle === undefined) return run
  return function bound(this: This, ...args: Args): R | undefined {
    // Thrown into a foreign emitter, an error would be an uncaught exception of nobody.
    if (handle.fiber === undefined) return undefined
    return storage.run(handle, () => run.apply(this, args))
  }
}
