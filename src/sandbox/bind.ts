import { emit } from '../base/emit.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { currentFiber, type Handle, storage } from './storage.ts'

/** Whose bound function threw it: on its way out an exception leaves the sandbox, and would be taken for the caller's. */
const thrown = new WeakMap<object, Handle>()

/** The job whose bound function has thrown this, if one has. */
export function boundThrower(error: unknown): Handle | undefined {
  return typeof error === 'object' && error !== null ? thrown.get(error) : undefined
}

/**
 * The function, bound to the job that runs now: whoever calls it (an emitter, a callback API, a pool), it runs inside that job,
 * and does nothing any more once the job has ended; the first such call is told as a zombie of the job.
 * Outside of a job: the function as it is.
 * Throws `FW_JOB_SETTLED` when the job that asks has ended, `FW_JOB_INVALID` for what is no function.
 */
export function bind<This, Args extends unknown[], R>(
  run: (this: This, ...args: Args) => R,
): (this: This, ...args: Args) => R | undefined {
  if (typeof run !== 'function')
    throw new FiberWorkError('FW_JOB_INVALID', `bind(run) takes a function, not ${typeof run}.`)
  if (currentFiber() === undefined) return run
  // Not the fiber's own: what is bound in a branch (a transaction) belongs to the branch.
  const handle = storage.getStore()!
  let told = false
  return function bound(this: This, ...args: Args): R | undefined {
    const { fiber } = handle
    if (fiber !== undefined) {
      const { trace } = fiber
      const inside = () => run.apply(this, args)
      return runIn(handle, trace === undefined ? inside : () => trace.carry(inside))
    }
    // Thrown into a foreign emitter, an error would be an uncaught exception of nobody.
    if (!told) tellLate(handle, run.name)
    told = true
    return undefined
  }
}

function runIn<R>(handle: Handle, run: () => R): R {
  try {
    return storage.run(handle, run)
  } catch (error) {
    if (typeof error === 'object' && error !== null) thrown.set(error, handle)
    throw error
  }
}

function tellLate({ was }: Handle, name: string): void {
  if (was === undefined) return
  const text = `a bound callback${name === '' ? '' : ` (${name})`}, called after the end`
  emit('job.zombie', () => ({ ...was, left: [text], closed: [], kinds: { callback: 1 } }))
}
