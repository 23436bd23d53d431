import type { CarriedTransaction } from '../contract/transaction.ts'
import { Carried } from './branch.ts'

const transactions = new Carried<CarriedTransaction>()

/**
 * Run with a transaction that whatever is called below sees, here and after each await. In a job and outside of one.
 * Throws `FW_JOB_SETTLED`.
 */
export function carryTransaction<R>(transaction: CarriedTransaction, run: () => R): R {
  return transactions.run(transaction, run)
}

/** The transactions in which the caller is, innermost first. They may have ended meanwhile. */
export function carriedTransactions(): readonly CarriedTransaction[] {
  return transactions.all()
}
