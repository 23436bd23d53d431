import { FiberWorkError } from '../contract/errors.ts'
import type { JobContext } from '../job/context.ts'
import { currentFiber } from '../sandbox/storage.ts'

/**
 * The sandbox of the running job, anywhere below its handler: the same object that the handler was given.
 * Throws `FW_OUTSIDE_JOB` elsewhere, `FW_JOB_SETTLED` in what the job left behind after its end.
 */
export function current(): JobContext {
  const job = maybeCurrent()
  if (job !== undefined) return job
  throw new FiberWorkError(
    'FW_OUTSIDE_JOB',
    'current() was called outside of a job. Where code also runs elsewhere, take `maybeCurrent()`, or give it what it needs as an argument; a listener or callback is bound to its job by `bind()`.',
  )
}

/** As `current()`; `undefined` outside of a job. Throws `FW_JOB_SETTLED`. */
export function maybeCurrent(): JobContext | undefined {
  return currentFiber()?.context as JobContext | undefined
}
