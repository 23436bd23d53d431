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
import { FiberWorkError } from '../../src/contract/errors.ts'
import type { Added, StoredJob } from '../../src/contract/job.ts'
import type { Receipt, Settled, Verdict } from '../../src/contract/verdict.ts'
import { drawFate, type Fate, type Profile } from './faults.ts'
import type { SimProcess } from './process.ts'
import type { Random } from './random.ts'
import type { Tap } from './tap.ts'

/** What all wires of a world share. */
export interface Network {
  profile: Profile
  /** From here on nothing goes wrong any more. */
  healed: boolean
  random: Random
  store: SimProcess
  tap: Tap
  /** Processes that reach nothing and hear nothing at the moment. */
  cutOff: Set<SimProcess>
  trace: (line: string) => void
  sessionLives: (session: string) => boolean
}

const lost = (verb: string) => new FiberWorkError('FW_STORE_FAILED', `The connection was cut during ${verb}.`)
const refused = (verb: string) => new FiberWorkError('FW_STORE_FAILED', `The store refused ${verb}: busy.`)

/**
 * The driver as a worker sees it from the other end of a wire: each call is a request that travels, a moment in which the
 * store does it, and a reply that travels. Each of them can go wrong on its own.
 */
export class WiredDriver implements Driver {
  readonly name = 'memory'
  readonly traits: DriverTraits
  readonly #network: Network
  readonly #client: SimProcess
  readonly #make: () => Driver
  /** The store's end of each session. What is late finds the session that it was sent in, over or not. */
  readonly #ends = new Map<string, Driver>()
  #newest = ''
  #opens = 0
  /** The session that this end knows. */
  #session = ''

  constructor(network: Network, client: SimProcess, make: () => Driver, traits: DriverTraits) {
    this.#network = network
    this.#client = client
    this.#make = make
    this.traits = traits
    this.#ends.set('', make())
  }

  /** A late answer to an earlier open does not bring its session back. */
  async open(): Promise<{ session: string }> {
    const number = ++this.#opens
    const answer = await this.#trip('open', undefined, [], async () => {
      const lives = this.#network.sessionLives(this.#newest)
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
      const { requestMs } = this.#fate()
      if (requestMs !== undefined) this.#network.store.later(requestMs, 'abort', () => there.abort())
    }
    if (want.signal.aborted) abort()
    want.signal.addEventListener('abort', abort)
    const wanted = { ...want, signal: there.signal }
    return this.#trip('reserve', call, [want], (end) => end.reserve(call, wanted)).finally(() =>
      want.signal.removeEventListener('abort', abort),
    )
  }

  #fate(): Fate {
    const { profile, healed, random, cutOff } = this.#network
    const fate = drawFate(profile, healed, random)
    if (cutOff.has(this.#client)) return { ...fate, requestMs: undefined, secondMs: undefined, failsAfterMs: undefined }
    return fate
  }

  #trip<A>(verb: string, call: Call | undefined, parameters: unknown[], run: (end: Driver) => Promise<A>): Promise<A> {
    const { store, tap, trace } = this.#network
    const fate = this.#fate()
    const session = this.#session
    const end = this.#ends.get(session)!
    return new Promise<A>((resolve, reject) => {
      const give = (text: string, afterMs: number, hand: () => void) =>
        void this.#client.later(afterMs, `reply ${verb} ${text}`, hand)
      const fail = (afterMs: number | undefined) => {
        if (afterMs !== undefined) give('lost', afterMs, () => reject(lost(verb)))
      }
      const reply = (text: string, hand: () => void) => {
        if (this.#network.cutOff.has(this.#client)) return
        if (fate.replyMs === undefined) fail(fate.failsAfterMs)
        else give(text, fate.replyMs, hand)
      }
      const deliver = (again: boolean) => {
        if (fate.refused) return reply('refused', () => reject(refused(verb)))
        tap
          .apply({ client: this.#client.name, session, verb, call, parameters }, () => run(end))
          .then(
            (answer) => again || reply('ok', () => resolve(answer)),
            (error: Error) => again || reply('error', () => reject(error)),
          )
      }
      trace(`${this.#client.name} sends ${verb}${call === undefined ? '' : ` ${call.lane}.${call.seq}`}${legs(fate)}`)
      if (fate.requestMs === undefined) fail(fate.failsAfterMs)
      else store.later(fate.requestMs, `${verb} of ${this.#client.name}`, () => deliver(false))
      if (fate.secondMs !== undefined && call !== undefined) {
        store.later((fate.requestMs ?? 0) + fate.secondMs, `second ${verb} of ${this.#client.name}`, () =>
          deliver(true),
        )
      }
    })
  }
}

function legs({ requestMs, replyMs, secondMs, refused: no }: Fate): string {
  const words = [
    requestMs === undefined && 'unsent',
    replyMs === undefined && 'reply lost',
    secondMs !== undefined && 'twice',
    no && 'refused',
  ]
  const said = words.filter((word) => word !== false).join(', ')
  return said === '' ? '' : ` (${said})`
}
