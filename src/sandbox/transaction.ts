import type { OpenTransaction } from '../contract/transaction.ts'
import type { Fiber } from './fiber.ts'
import { currentFiber, type Handle, storage } from './storage.ts'

/**
 * A handle in front of another one, with a transaction: one branch of a job's call tree sees it, and no other. It has nothing of the
 * job to itself, so it is emptied together with the job's own handle.
 */
class Branch implements Handle {
  readonly outer: Handle | undefined
  readonly transaction: OpenTransaction

  constructor(outer: Handle | undefined, transaction: OpenTransaction) {
    this.outer = outer
    this.transaction = transaction
  }

  get fiber(): Fiber | undefined {
    return this.outer?.fiber
  }

  get jobless(): boolean {
    return this.outer === undefined || this.outer.jobless === true
  }
}

/**
 * Run with a transaction that whatever is called below sees, here and after each await. In a job and outside of one.
 * Throws `FW_JOB_SETTLED`.
 */
export function carryTransaction<R>(transaction: OpenTransaction, run: () => R): R {
  currentFiber()
  return storage.run(new Branch(storage.getStore(), transaction), run)
}

const none: readonly OpenTransaction[] = []

/** The transactions in which the caller is, innermost first. They may have ended meanwhile. */
export function carriedTransactions(): readonly OpenTransaction[] {
  let handle = storage.getStore()
  if (!(handle instanceof Branch)) return none
  const found: OpenTransaction[] = []
  for (; handle instanceof Branch; handle = handle.outer) found.push(handle.transaction)
  return found
}
