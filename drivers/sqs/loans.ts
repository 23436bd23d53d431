import type { Message } from '@aws-sdk/client-sqs'
import type { Receipt, Reservation, StoredJob } from '../../src/contract/index.ts'
import type { Queue } from './queues.ts'

/** What has to be known of a loan to keep it hidden; it travels to the guardian's thread. */
export interface Held {
  readonly number: number
  readonly url: string
  readonly handle: string
  /** By the machine's monotonic clock, which all threads share: when it was received, and until when it is surely hidden. */
  readonly receivedAtMs: number
  hiddenUntilMs: number
}

/** One message that we hold. */
export interface Loan extends Held {
  readonly receipt: Receipt
  readonly queue: Queue
  readonly message: Message
  readonly id: string
  readonly attempts: number
  readonly enqueuedAtMs: number
  readonly waitedMs: number
  readonly bodyKey: string | undefined
  readonly line: string | undefined
  /** Until it is handed over. */
  job: StoredJob | undefined
  /** A copy of it lies where it was to go: to repeat that would make another one. */
  copied?: true
}

/** The loans of one session, those that wait to be handed over too. */
export class Loans {
  readonly #byNumber = new Map<number, Loan>()

  add(loan: Loan): void {
    this.#byNumber.set(loan.number, loan)
  }

  find(receipt: Receipt): Loan | undefined {
    const loan = this.#byNumber.get(numberOf(receipt))
    return loan?.receipt === receipt ? loan : undefined
  }

  findNumber(number: number): Loan | undefined {
    return this.#byNumber.get(number)
  }

  remove({ number }: Loan): void {
    this.#byNumber.delete(number)
  }

  all(): Loan[] {
    return [...this.#byNumber.values()]
  }
}

/** Of a session, by its loan's number, which comes first: a number is found sooner than a long text. */
export const receiptOf = (session: string, number: number): Receipt => `sqs:${number}:${session}` as Receipt

const numberOf = (receipt: Receipt): number => Number.parseInt(receipt.slice('sqs:'.length), 10)

/** Hands a loan over. */
export function reservationOf(loan: Loan): Reservation {
  const { receipt, attempts, enqueuedAtMs, waitedMs } = loan
  const job = loan.job!
  loan.job = undefined
  return { receipt, job, attempts, crashes: 0, enqueuedAtMs, waitedMs }
}

export const heldOf = ({ number, url, handle, receivedAtMs, hiddenUntilMs }: Held): Held => ({
  number,
  url,
  handle,
  receivedAtMs,
  hiddenUntilMs,
})
