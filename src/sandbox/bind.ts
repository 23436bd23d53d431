import { emit } from '../base/emit.ts'
import type { JobEvent } from '../contract/events.ts'
import { labelOf } from './label.ts'
import { currentFiber, storage } from './storage.ts'

/** Where it stands on a stack. */
export const bindFile = import.meta.filename

/**
 * The function, bound to the job that runs now: whoever calls it (an emitter, a callback API, a pool), it runs inside that job,
 * and does nothing any more once the job has ended; the first such call is told as a zombie of the job.
 * Outside of a job: the function as it is. Throws `FW_JOB_SETTLED` when the job that asks has ended.
 */
export function bind<This, Args extends unknown[], R>(
  run: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R | undefined {
  const fiber = currentFiber()
  if (fiber === undefined) return run
  // Not the fiber's own: what is bound in a branch (a transaction) belongs to the branch.
  const handle = storage.getStore()!
  const label = labelOf(fiber)
  let told = false
  // It closes over the handle and the label only: whoever keeps it keeps nothing of the job.
  return function bound(this: This, ...args: Args): R | undefined {
    if (handle.fiber !== undefined) return storage.run(handle, () => run.apply(this, args))
    // Thrown into a foreign emitter, an error would be an uncaught exception of nobody.
    if (!told) tellLate(label, run.name)
    told = true
    return undefined
  }
}

function tellLate(label: JobEvent, name: string): void {
  const text = `a bound callback${name === '' ? '' : ` (${name})`}, called after the end`
  emit('job.zombie', () => ({ ...label, left: [text], closed: [], kinds: { callback: 1 } }))
}
