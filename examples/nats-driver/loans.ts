import type { Msg } from '@nats-io/transport-node'
import type { Receipt } from 'fiber-work/driver'
import type { Meta } from './job.ts'

/** A message that the server has lent us. */
export interface Loan {
  receipt: Receipt
  message: Msg
  /** Its number in the stream: what a settle must still find there. */
  seq: number
  meta: Meta
  body: string
}

/** What this session holds, by receipt. */
export class Loans {
  readonly #session: string
  readonly #held = new Map<Receipt, Loan>()
  #count = 0

  constructor(session: string) {
    this.#session = session
  }

  add(loan: Omit<Loan, 'receipt'>): Loan {
    this.#count++
    const held = { ...loan, receipt: `${this.#session}/${this.#count}` as Receipt }
    this.#held.set(held.receipt, held)
    return held
  }

  /** For the last time: whoever settles it. */
  take(receipt: Receipt): Loan | undefined {
    const loan = this.#held.get(receipt)
    this.#held.delete(receipt)
    return loan
  }

  has(receipt: Receipt): boolean {
    return this.#held.has(receipt)
  }

  all(): Loan[] {
    return [...this.#held.values()]
  }
}

/** The stream sequence and how often it was given out, from the subject that an ack goes to: `$JS.ACK.….out.seq.….….…`. */
export function deliveryOf({ reply = '' }: Msg): { seq: number; times: number } {
  const tokens = reply.split('.')
  // Nine tokens, or twelve where the server names its domain and account.
  const at = tokens.length === 9 ? 4 : 6
  return { times: Number(tokens[at]), seq: Number(tokens[at + 1]) }
}
