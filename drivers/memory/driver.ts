import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Driver,
  DriverTraits,
  Inspector,
  Ledger,
  Limits,
  Pulse,
  QueueDepth,
  Receipt,
  Report,
  Reserved,
  Settled,
  StoredJob,
  Verdict,
  Want,
} from '../../src/contract/index.ts'
import { once, recordOfCall } from './calls.ts'
import { enqueue } from './enqueue.ts'
import { memoryInspector } from './inspector.ts'
import { memoryLedger } from './ledger.ts'
import { memoryLimits } from './limits.ts'
import { depth } from './looking.ts'
import { memoryTraits, withDefaults } from './options.ts'
import type { MemoryOptions } from './options.ts'
import { trimFailed } from './places.ts'
import { reserve } from './reserve.ts'
import { beat, closeSession, openSession, reconcile, sweep } from './sessions.ts'
import type { Session } from './sessions.ts'
import { settle } from './settle.ts'
import type { MemoryStore } from './store.ts'
import { ringBells, Waiter } from './waiting.ts'

/**
 * The reference model: every facet, every trait, in this process's memory. Each verb does its work in one synchronous
 * step, so that every call is atomic; nothing survives the process.
 */
export class MemoryDriver implements Driver {
  readonly name = 'memory'
  readonly traits: DriverTraits = memoryTraits
  readonly limits: Limits
  readonly inspector: Inspector
  readonly ledger: Ledger
  readonly #store: MemoryStore
  readonly #env: Env
  readonly #leaseMs: number
  readonly #deadAgeMs: number
  #session: Session | undefined

  constructor(options: MemoryOptions = {}) {
    const { store, env, leaseMs, deadAgeMs } = withDefaults(options)
    this.#store = store
    this.#env = env
    this.#leaseMs = leaseMs
    this.#deadAgeMs = deadAgeMs
    const use = <T>(act: (store: MemoryStore) => T) => this.#use((_, store) => act(store))
    this.limits = memoryLimits(use)
    this.inspector = memoryInspector(use)
    this.ledger = memoryLedger(use)
  }

  async open(): Promise<{ session: string }> {
    if (this.#session === undefined || this.#session.revoked) {
      this.#session = openSession(this.#store, this.#env.id(), this.#leaseMs)
    }
    return { session: this.#session.id }
  }

  async prepare(): Promise<void> {}

  enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    return this.#use((session, store) => once(session, call, 'enqueue', () => enqueue(store, jobs)))
  }

  reserve(call: Call, want: Want): Promise<Reserved> {
    return this.#use((session, store) => {
      const record = recordOfCall(session, call, 'reserve')
      if (record !== undefined) return record.answer as Reserved | Promise<Reserved>
      if (session.revoked) throw new FiberWorkError('FW_LEASE_REVOKED', `Session ${session.id} was taken back`)
      const jobs = want.signal.aborted ? [] : reserve(store, session, want.demand, want.limit)
      const waits = jobs.length === 0 && want.waitMs > 0 && !want.signal.aborted
      const waiter = waits ? new Waiter(store, session, want) : undefined
      const answer = waiter === undefined ? { jobs, broken: [] } : waiter.answer
      session.calls[call.lane] = { seq: call.seq, verb: 'reserve', answer, ...(waiter && { waiter }) }
      return answer
    })
  }

  settle(call: Call, items: { receipt: Receipt; verdict: Verdict }[]): Promise<Settled[]> {
    return this.#use((session, store) => once(session, call, 'settle', () => settle(store, session, items)))
  }

  beat(report: Report): Promise<Pulse> {
    return this.#use((session, store) => beat(store, session, this.#leaseMs, report))
  }

  reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    return this.#use((session, store) => reconcile(store, session, known))
  }

  sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    return this.#use((_, store) => {
      for (const queue of store.queues.values()) trimFailed(store, queue, this.#deadAgeMs, store.now(), limit)
      return sweep(store, limit)
    })
  }

  depth(queues: string[]): Promise<QueueDepth[]> {
    return this.#use((_, store) => queues.map((queue) => depth(store, queue)))
  }

  async close(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    this.#session = undefined
    closeSession(this.#store, session)
    ringBells(this.#store)
  }

  /** One call: refused while closed, done in one step, and then whoever waits for what it did is told. */
  async #use<T>(act: (session: Session, store: MemoryStore) => T | Promise<T>): Promise<T> {
    const session = this.#session
    if (session === undefined) throw new FiberWorkError('FW_DRIVER_CLOSED', 'The memory driver is not open')
    const answer = act(session, this.#store)
    ringBells(this.#store)
    return answer
  }
}

/** A driver over a store in memory. Nothing survives the process. */
export function memoryDriver(options: MemoryOptions = {}): Driver {
  return new MemoryDriver(options)
}
