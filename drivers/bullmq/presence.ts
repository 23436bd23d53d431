import { hostname } from 'node:os'
import type { Job } from 'bullmq'
import { Calls } from '../../src/base/calls.ts'
import { Link } from './link.ts'
import { type Loan, Loans } from './loans.ts'
import { Notes } from './notes.ts'
import type { Settings } from './options.ts'
import { renewLocks } from './renew.ts'
import { Tap, type Taken } from './tap.ts'
import { release } from './verbs.ts'
import { Wishes } from './wishes.ts'

/** What lives from `open` to `close`: a session, its connection, its loans. */
export class Presence {
  readonly session: string
  readonly settings: Settings
  readonly link: Link
  readonly loans = new Loans()
  readonly calls = new Calls()
  readonly notes: Notes
  readonly wishes: Wishes
  readonly taps = new Map<string, Tap>()
  readonly #closing = new AbortController()
  #tokens = 0
  #renewedMonoMs: number

  private constructor(settings: Settings, link: Link) {
    const { env, prefix, leaseMs } = settings
    this.session = `${hostname()}:${process.pid}:${env.id()}`
    this.settings = settings
    this.link = link
    this.notes = new Notes(link.redis, leaseMs)
    this.wishes = new Wishes(link.redis, prefix)
    this.#renewedMonoMs = env.monoMs()
  }

  /** @throws FW_DRIVER_MISSING, FW_CONNECT_FAILED */
  static async open(settings: Settings): Promise<Presence> {
    return new Presence(settings, await Link.open(settings))
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** The tap of a queue, opened when it is first asked for. */
  tap(queue: string): Tap {
    const known = this.taps.get(queue)
    if (known !== undefined) return known
    const tap = new Tap(queue, this.link.worker(queue, this.session), {
      env: this.settings.env,
      nextToken: () => `${this.session}:${++this.#tokens}`,
      giveBack: (taken) => this.#giveBack(queue, taken),
    })
    this.taps.set(queue, tap)
    return tap
  }

  /** Renews the locks, if it is time. Answers the loans that are lost. */
  async renew(held: Loan[]): Promise<Loan[]> {
    const { env, leaseMs } = this.settings
    if (env.monoMs() - this.#renewedMonoMs < leaseMs / 4) return []
    this.#renewedMonoMs = env.monoMs()
    await this.notes.keep(this.session)
    return this.lost(held)
  }

  /** Renews the locks of these. What was settled meanwhile has no lock any more, and nobody took it. */
  async lost(held: Loan[]): Promise<Loan[]> {
    const { link, loans, settings } = this
    const ports = { queue: (name: string) => link.queue(name), packages: link.packages }
    const lost = await renewLocks(held, settings.leaseMs, ports)
    return lost.filter(({ receipt }) => loans.find(receipt) !== undefined)
  }

  /** Back to their queues, no attempt burned. */
  async giveBackAll(loans: readonly Loan[]): Promise<void> {
    const nowMs = this.settings.env.nowMs()
    await Promise.allSettled(loans.map((loan) => release(loan, nowMs, nowMs)))
    for (const { receipt } of loans) this.loans.remove(receipt)
  }

  /** Gives back what is still on loan. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.giveBackAll(this.loans.all())
    await Promise.allSettled([...this.taps.values()].map((tap) => tap.close()))
    await this.notes.forget(this.session).catch(() => {})
    await this.link.close()
  }

  /** Through a queue of the link, because the worker may be closing. */
  async #giveBack(name: string, { job, token }: Taken): Promise<void> {
    const { link, settings } = this
    const nowMs = settings.env.nowMs()
    const again = (await link.packages.bullmq.Job.fromId(link.queue(name), job.id ?? '')) as Job | undefined
    if (again !== undefined) await release({ job: again, token }, nowMs, nowMs).catch(() => {})
  }
}
