import type { Job } from 'bullmq'
import type { Receipt } from '../../src/contract/index.ts'

/** One job that we hold: BullMQ's lock on it has `token` in it, which no other loan ever has. */
export interface Loan {
  readonly receipt: Receipt
  readonly queue: string
  readonly bullId: string
  readonly token: string
  readonly job: Job
  /** What a BullMQ processor threw: told to BullMQ as it is, where the verdict is its consequence. */
  thrown?: { error: unknown }
  /** The processor itself has moved the job elsewhere (`job.moveToDelayed`, …): there is nothing left to settle. */
  moved?: true
  /** For how long the queue is still limited, in milliseconds; below zero when it is not. */
  readonly limitedMs: () => Promise<number>
}

/** Where a receipt points, without its job. */
export type Place = Pick<Loan, 'queue' | 'bullId' | 'token'>

const receiptMark = 'bullmq'

export function receiptOf({ queue, bullId, token }: Place): Receipt {
  return JSON.stringify([receiptMark, queue, bullId, token]) as Receipt
}

/** Undefined for what is no receipt of ours. */
export function placeOf(receipt: Receipt): Place | undefined {
  if (!receipt.startsWith(`["${receiptMark}",`)) return undefined
  try {
    const [, queue, bullId, token] = JSON.parse(receipt) as string[]
    return queue === undefined || bullId === undefined || token === undefined ? undefined : { queue, bullId, token }
  } catch {
    return undefined
  }
}

const key = Symbol.for('fiber-work.bullmq.loans')
const shared = globalThis as { [key]?: Map<Receipt, Loan> }

/**
 * Every loan of this process, whichever driver took it, also when two copies of the package are loaded: `fromBullMQ` hands the
 * processor the very job that BullMQ gave out. Receipts are unique in the world, so that they are in one map.
 */
export const allLoans: Map<Receipt, Loan> = (shared[key] ??= new Map<Receipt, Loan>())

/** The loans of one session. */
export class Loans {
  readonly #receipts = new Set<Receipt>()

  get size(): number {
    return this.#receipts.size
  }

  add(loan: Loan): void {
    this.#receipts.add(loan.receipt)
    allLoans.set(loan.receipt, loan)
  }

  find(receipt: Receipt): Loan | undefined {
    return this.#receipts.has(receipt) ? allLoans.get(receipt) : undefined
  }

  remove(receipt: Receipt): void {
    this.#receipts.delete(receipt)
    allLoans.delete(receipt)
  }

  all(): Loan[] {
    return [...this.#receipts].flatMap((receipt) => allLoans.get(receipt) ?? [])
  }
}
