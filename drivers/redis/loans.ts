import type { Receipt, StoredJob } from '../../src/contract/index.ts'

/** One job on loan, as the scripts must be told of it. */
export interface Loaned {
  job: StoredJob
  attempts: number
  crashes: number
}

export interface Loan {
  number: number
  startedAtMs: number
  jobs: (Loaned | undefined)[]
  left: number
}

/** Of a receipt: the session, its loan, and the place in it. */
export interface Place {
  session: string
  loan: number
  place: number
}

export function receiptOf(session: string, loan: number, place: number): Receipt {
  return `${session}.${loan}.${place}` as Receipt
}

/** Anything may come back as a receipt; what is none has no place. */
export function placeOf(receipt: Receipt): Place {
  const last = receipt.lastIndexOf('.')
  const first = receipt.lastIndexOf('.', last - 1)
  const [loan, place] = [Number(receipt.slice(first + 1, last)), Number(receipt.slice(last + 1))]
  const sound = first > 0 && Number.isSafeInteger(loan) && Number.isSafeInteger(place) && place >= 0
  return sound ? { session: receipt.slice(0, first), loan, place } : { session: '', loan: 0, place: 0 }
}

/** What this session has on loan, so that a settle can say of each job what the scripts need not look up. */
export class Loans {
  readonly #loans = new Map<number, Loan>()

  add(loan: Loan): void {
    this.#loans.set(loan.number, loan)
  }

  find(number: number): Loan | undefined {
    return this.#loans.get(number)
  }

  /** It has been settled, or is stale: nobody will ask for it again. */
  drop(number: number, place: number): void {
    const loan = this.#loans.get(number)
    if (loan?.jobs[place] === undefined) return
    loan.jobs[place] = undefined
    if (--loan.left === 0) this.#loans.delete(number)
  }

  /** Only these are known to their worker. */
  keepOnly(known: readonly Place[]): void {
    const places = new Set(known.map(({ loan, place }) => `${loan}.${place}`))
    for (const { number, jobs } of this.#loans.values()) {
      for (let place = 0; place < jobs.length; place++) if (!places.has(`${number}.${place}`)) this.drop(number, place)
    }
  }

  clear(): void {
    this.#loans.clear()
  }
}
