import type {
  Call,
  Driver,
  DriverTraits,
  Pulse,
  QueueDepth,
  Report,
  Reserved,
  Want,
} from '../../src/contract/driver.ts'
import type { Added, StoredJob } from '../../src/contract/job.ts'
import type { Keeper } from '../../src/contract/keeper.ts'
import type { Receipt, Settled, Verdict } from '../../src/contract/verdict.ts'
import type { SimProcess } from './process.ts'
import { type Network, Wire } from './wire.ts'

/** The driver as a worker sees it from the other end of a wire. */
export class WiredDriver implements Driver {
  readonly name = 'memory'
  readonly traits: DriverTraits
  readonly #wire: Wire
  readonly #make: () => Driver
  /** The store's end of each session. What is late finds the session that it was sent in, over or not. */
  readonly #ends = new Map<string, Driver>()
  #newest = ''
  #opens = 0
  /** The session that this end knows. */
  #session = ''

  constructor(network: Network, client: SimProcess, make: () => Driver, traits: DriverTraits) {
    this.#wire = new Wire(network, client)
    this.#make = make
    this.traits = traits
    this.#ends.set('', make())
  }

  /** How many calls are under way. */
  get callsOpen(): number {
    return this.#wire.open
  }

  /** A late answer to an earlier open does not bring its session back. */
  async open(): Promise<{ session: string }> {
    const number = ++this.#opens
    const answer = await this.#trip('open', undefined, [], async () => {
      const lives = this.#wire.network.sessionLives(this.#newest)
      const end = lives ? this.#ends.get(this.#newest)! : this.#make()
      const opened = await end.open()
      this.#ends.set(opened.session, end)
      this.#newest = opened.session
      return opened
    })
    if (number === this.#opens) this.#session = answer.session
    return answer
  }

  prepare(): Promise<void> {
    return this.#trip('prepare', undefined, [], (end) => end.prepare())
  }
  enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#trip('enqueue', call, [jobs], (end) => end.enqueue(call, jobs))
  }
  settle(call: Call, items: { receipt: Receipt; verdict: Verdict }[]): Promise<Settled[]> {
    return this.#trip('settle', call, [items], (end) => end.settle(call, items))
  }
  beat(report: Report): Promise<Pulse> {
    return this.#trip('beat', undefined, [report], (end) => end.beat(report))
  }
  reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#trip('reconcile', undefined, [known], (end) => end.reconcile(known))
  }
  sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    return this.#trip('sweep', undefined, [limit], (end) => end.sweep(limit))
  }
  depth(queues: string[]): Promise<QueueDepth[]> {
    return this.#trip('depth', undefined, [queues], (end) => end.depth(queues))
  }
  close(): Promise<void> {
    return this.#trip('close', undefined, [], (end) => end.close())
  }

  reserve(call: Call, want: Want): Promise<Reserved> {
    const there = new AbortController()
    const abort = () => {
      const { requestMs } = this.#wire.fate()
      if (requestMs !== undefined) this.#wire.network.store.later(requestMs, 'abort', () => there.abort())
    }
    if (want.signal.aborted) abort()
    want.signal.addEventListener('abort', abort)
    const wanted = { ...want, signal: there.signal }
    return this.#trip('reserve', call, [want], (end) => end.reserve(call, wanted)).finally(() =>
      want.signal.removeEventListener('abort', abort),
    )
  }

  #trip<A>(verb: string, call: Call | undefined, parameters: unknown[], run: (end: Driver) => Promise<A>): Promise<A> {
    const session = this.#session
    const end = this.#ends.get(session)!
    return this.#wire.trip({ session, verb, call, parameters }, () => run(end))
  }
}

/** The store as the guardian thread sees it: over a connection of its own, which is cut off with that of its process. */
export function wiredKeeper(network: Network, owner: SimProcess, thread: SimProcess, keeper: Keeper): Keeper {
  const wire = new Wire(network, owner, thread)
  return {
    renew: (session, health) =>
      wire.trip({ session, verb: 'renew', parameters: [health] }, () => keeper.renew(session, health)),
    accuse: (session, receipts) =>
      wire.trip({ session, verb: 'accuse', parameters: [receipts] }, () => keeper.accuse(session, receipts)),
    close: () => keeper.close(),
  }
}
