import { Batcher } from '../base/batcher.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import type { Lanes } from '../base/lanes.ts'
import type { JobTrace } from '../base/tracing.ts'
import type { Driver, Reservation } from '../contract/driver.ts'
import type { Receipt, Settled, Verdict } from '../contract/verdict.ts'

const batchMax = 500
/** Verdicts that wait; what comes on top waits in its store, which releases it when the lease ends. */
const pendingMax = 200_000

/** What `Driver.settle` takes, and the loan for whoever must be told that it was stale. */
interface Item {
  receipt: Receipt
  verdict: Verdict
  loan: Reservation
  /** Somebody waits for the answer: nobody else need be told of it. */
  answered?: true
}

/**
 * Writes verdicts down: many fibers end in one turn of the loop, few calls go to the store. A verdict that cannot be
 * written in time is dropped: its loan is then one that the store knows and we do not, and `reconcile` gives it back.
 */
export class Settler {
  readonly #env: Env
  readonly #driver: Driver
  readonly #lanes: () => Lanes
  readonly #session: () => string
  readonly #patienceMs: number
  readonly #batcher: Batcher<Item, Settled>

  constructor(env: Env, driver: Driver, ports: { lanes: () => Lanes; session: () => string; patienceMs: number }) {
    this.#env = env
    this.#driver = driver
    this.#lanes = ports.lanes
    this.#session = ports.session
    this.#patienceMs = ports.patienceMs
    this.#batcher = new Batcher({
      env,
      max: Math.min(batchMax, driver.traits.batchMax),
      // One lane stays free for the reserve that waits.
      parallel: Math.max(1, Math.min(2, driver.traits.lanesMax - 1)),
      pendingMax,
      flush: (items) => this.#write(items),
    })
  }

  /** A silent call must leave time to ask again before the verdict is dropped. */
  get #timeoutMs(): number {
    return Math.min(defaults.callTimeoutMs, this.#patienceMs / 3)
  }

  get pending(): number {
    return this.#batcher.pending
  }

  /** Loans whose verdict is on its way. */
  receipts(): Receipt[] {
    return this.#batcher.unanswered().map(({ receipt }) => receipt)
  }

  push(loan: Reservation, verdict: Verdict, trace?: JobTrace): void {
    const item: Item = { receipt: loan.receipt, verdict, loan }
    if (trace === undefined) return this.#batcher.push(item)
    const settling = trace.settling(verdict.kind)
    this.#batcher.push(item, (answer, error) => settling?.(answer?.outcome, error))
  }

  /** The same for who waits for what comes of it; stale is an answer like others. Throws what the store says. */
  settle(loan: Reservation, verdict: Verdict): Promise<Settled> {
    return this.#batcher.add({ receipt: loan.receipt, verdict, loan, answered: true })
  }

  idle(): Promise<void> {
    return this.#batcher.idle()
  }

  async #write(items: Item[]): Promise<Settled[]> {
    const untilMonoMs = this.#env.monoMs() + this.#patienceMs
    if (this.#driver.traits.followUps === 'none') await this.#enqueueFollowUps(items, untilMonoMs)
    const options = { verb: 'settle', timeoutMs: this.#timeoutMs, untilMonoMs }
    const answers = await this.#lanes().call(options, (call) => this.#driver.settle(call, items))
    for (let i = 0; i < items.length; i++) if (answers[i]!.outcome === 'stale') this.#tellStale(items[i]!)
    return answers
  }

  /** Where the store cannot take them in the same step they go first: rather twice than never. */
  async #enqueueFollowUps(items: Item[], untilMonoMs: number): Promise<void> {
    const jobs = items.flatMap(({ verdict }) => verdict.followUps ?? [])
    for (const { verdict } of items) delete verdict.followUps
    if (jobs.length === 0) return
    const options = { verb: 'enqueue', timeoutMs: this.#timeoutMs, untilMonoMs }
    await this.#lanes().call(options, (call) => this.#driver.enqueue(call, jobs))
  }

  #tellStale({ loan: { job, attempts }, verdict: { kind }, answered }: Item): void {
    if (answered === true) return
    const { id, name, queue, group } = job
    emit('job.stale', () => ({ worker: this.#session(), id, name, queue, group, attempt: attempts, verdict: kind }))
  }
}
