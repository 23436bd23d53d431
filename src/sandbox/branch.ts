import type { JobEvent } from '../contract/events.ts'
import type { Fiber } from './fiber.ts'
import { currentFiber, type Handle, storage } from './storage.ts'

/**
 * A handle in front of another one, or of none, with something that one branch of a call tree carries and no other: a transaction,
 * a principal. It has nothing of the job to itself, so it is emptied together with the job's own handle.
 */
class Branch implements Handle {
  readonly outer: Handle | undefined
  readonly key: object
  readonly carried: unknown

  constructor(outer: Handle | undefined, key: object, carried: unknown) {
    this.outer = outer
    this.key = key
    this.carried = carried
  }

  get fiber(): Fiber | undefined {
    return this.outer?.fiber
  }

  get was(): JobEvent | undefined {
    return this.outer?.was
  }

  get jobless(): boolean {
    return this.outer === undefined || this.outer.jobless === true
  }
}

const none: readonly never[] = []

/** What a branch can carry, one thing of a kind. */
export class Carried<T extends object> {
  /**
   * Run with a value that whatever is called below sees, here and after each await; who runs beside it does not. In a job and
   * outside of one. Throws `FW_JOB_SETTLED`.
   */
  run<R>(value: T, run: () => R): R {
    currentFiber()
    return storage.run(new Branch(storage.getStore(), this, value), run)
  }

  /** What the caller is in, the innermost first. */
  all(): readonly T[] {
    let handle = storage.getStore()
    if (!(handle instanceof Branch)) return none
    const found: T[] = []
    for (; handle instanceof Branch; handle = handle.outer) {
      if (handle.key === this) found.push(handle.carried as T)
    }
    return found
  }

  /** The innermost one. */
  get(): T | undefined {
    for (let handle = storage.getStore(); handle instanceof Branch; handle = handle.outer) {
      if (handle.key === this) return handle.carried as T
    }
    return undefined
  }
}
