import type { Call, Receipt, Reservation, SessionRecord, StoredJob } from '../../src/contract/index.ts'
import type { Ask } from './calls.ts'
import { Calls } from './calls.ts'
import type { Fate, Known } from './fate.ts'
import type { Place } from './place.ts'

/** One job on loan to this session. */
export interface Loan {
  receipt: Receipt
  job: StoredJob
  known: Known
  /** The broker's own: more than one where it has brought the message again while the job ran. The newest is the last. */
  brokers: Receipt[]
  /** What it has come to, once that is written down. */
  ended?: Fate | 'stale'
}

/** What others read of a session. */
export interface SessionNote {
  openedAtMs: number
  leaseUntilMs: number
  about: string
  held: number
  /** Ids of jobs that had not begun: should the session die, they are no suspects. */
  unbegun?: string[]
}

/** A session is remembered for this long after its lease, for whoever takes over its jobs. */
const rememberMs = 600_000

/** One session at the broker, and what it holds. */
export class Presence {
  readonly place: Place
  readonly session: string
  readonly calls = new Calls()
  readonly loans = new Map<Receipt, Loan>()
  readonly #byId = new Map<string, Loan>()
  readonly #byBroker = new Map<Receipt, Loan>()
  readonly #heldIn = new Map<string, number>()
  /** Taken from the broker, and not yet written down as running: the next reserve begins with them. */
  stash: Reservation[] = []
  readonly #lane: number
  readonly #openedAtMs: number
  #seq = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(place: Place, session: string) {
    this.place = place
    this.session = session
    this.#lane = place.broker.traits.lanesMax - 1
    this.#openedAtMs = place.nowMs()
  }

  /** Calls to the broker that nobody has asked us for, one after the other on a lane of their own. */
  inside<A>(work: (ask: Ask) => Promise<A>): Promise<A> {
    const ask: Ask = (_verb, run) => run({ lane: this.#lane, seq: ++this.#seq } satisfies Call)
    const turn = this.#turn.then(() => work(ask))
    this.#turn = turn.catch(() => {})
    return turn
  }

  lend(loan: Loan): void {
    this.loans.set(loan.receipt, loan)
    this.#byId.set(loan.job.id, loan)
    for (const receipt of loan.brokers) this.#byBroker.set(receipt, loan)
    this.#count(loan, 1)
  }

  /** The broker has brought the message of a running job again: whichever of the two it takes back, the other one counts. */
  bringAgain(loan: Loan, receipt: Receipt): void {
    loan.brokers.push(receipt)
    this.#byBroker.set(receipt, loan)
  }

  drop(loan: Loan): void {
    if (!this.loans.delete(loan.receipt)) return
    if (this.#byId.get(loan.job.id) === loan) this.#byId.delete(loan.job.id)
    for (const receipt of loan.brokers) this.#byBroker.delete(receipt)
    this.#count(loan, -1)
  }

  loanOf(id: string): Loan | undefined {
    return this.#byId.get(id)
  }

  loanAt(broker: Receipt): Loan | undefined {
    return this.#byBroker.get(broker)
  }

  heldIn(queue: string): number {
    return this.#heldIn.get(queue) ?? 0
  }

  #count({ job: { queue } }: Loan, by: number): void {
    this.#heldIn.set(queue, this.heldIn(queue) + by)
  }

  /** Says that it lives. */
  async tell(about: string, unbegun: string[] = []): Promise<void> {
    const { place, session } = this
    const { leaseMs } = place.settings
    const note: SessionNote = {
      openedAtMs: this.#openedAtMs,
      leaseUntilMs: place.nowMs() + leaseMs,
      about,
      held: this.loans.size,
    }
    if (unbegun.length > 0) note.unbegun = unbegun
    await place.book.write([
      { key: place.keys.session(session), text: JSON.stringify(note), forMs: leaseMs + rememberMs },
    ])
  }

  async leave(): Promise<void> {
    const { place, session } = this
    await place.book.write([{ key: place.keys.session(session) }])
  }
}

export function sessionRecordOf(session: string, note: SessionNote): SessionRecord {
  const { about, held, openedAtMs, leaseUntilMs } = note
  return { session, about, held, openedAtMs, leaseUntilMs }
}
