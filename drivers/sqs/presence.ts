import { hostname } from 'node:os'
import type { Message } from '@aws-sdk/client-sqs'
import { machineMs } from '../../src/base/env.ts'
import type { Receipt } from '../../src/contract/index.ts'
import { Calls } from './calls.ts'
import { WorkerEnd } from './channel.ts'
import { lend, type Lent } from './lend.ts'
import { Link } from './link.ts'
import { heldOf, type Loan, Loans, receiptOf } from './loans.ts'
import type { Settings } from './options.ts'
import { type Queue, Queues } from './queues.ts'
import { settleAll } from './settle.ts'
import { Tap } from './tap.ts'
import { extend, hide } from './visibility.ts'

/** What lives from `open` to `close`: a session, its client, its loans. */
export class Presence {
  readonly session: string
  readonly link: Link
  readonly queues: Queues
  readonly loans = new Loans()
  readonly calls = new Calls()
  readonly #taps = new Map<string, Tap>()
  readonly #end: WorkerEnd
  readonly #closing = new AbortController()
  readonly #waiters = new Set<() => void>()
  /** What is seen to beside the calls: what goes back, what is parked. */
  readonly #beside = new Set<Promise<unknown>>()
  readonly #lost = new Set<Receipt>()
  #numbers = 0
  #waking = false

  private constructor(link: Link, channel: string) {
    this.link = link
    this.queues = new Queues(link)
    this.session = `${hostname()}:${process.pid}:${link.settings.env.id()}`
    this.#end = new WorkerEnd(channel, {
      all: () => this.loans.all().map(heldOf),
      lost: (numbers) => this.#lose(numbers.flatMap((number) => this.loans.findNumber(number) ?? [])),
      hidden: (until) => this.#hidden(until),
    })
  }

  /** @throws FW_DRIVER_MISSING, FW_CONFIG_INVALID, FW_CONNECT_FAILED */
  static async open(settings: Settings, channel: string): Promise<Presence> {
    return new Presence(await Link.open(settings), channel)
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  /** The tap of a queue, made when it is first asked for. */
  tap(name: string): Tap {
    const known = this.#taps.get(name)
    if (known !== undefined) return known
    const tap = new Tap(name, {
      link: this.link,
      queues: this.queues,
      lend: (queue, messages) => this.#lend(queue, messages),
      giveBack: (loans) => this.giveBack(loans),
      arrived: () => this.#wakeSoon(),
      isAwaited: () => this.#waiters.size > 0,
    })
    this.#taps.set(name, tap)
    return tap
  }

  /** Waits until something comes or fails, for so long at most, or until the signal aborts or the presence closes. */
  arrival(waitMs: number, signal: AbortSignal): Promise<void> {
    const { env } = this.link.settings
    return new Promise((resolve) => {
      const end = (): void => {
        env.clearTimer(timer)
        signal.removeEventListener('abort', end)
        this.#waiters.delete(end)
        resolve()
      }
      const timer = env.setTimer(end, waitMs)
      signal.addEventListener('abort', end)
      this.#waiters.add(end)
    })
  }

  /** Runs something that takes what comes as it comes: nothing goes back meanwhile. */
  async taking(work: Promise<void>): Promise<void> {
    const present = (): void => {}
    this.#waiters.add(present)
    await work.finally(() => this.#waiters.delete(present))
  }

  /** Keeps hidden what needs it, where no guardian does. */
  async renew(): Promise<void> {
    this.#lose(await extend(this.link, this.loans.all(), machineMs()))
  }

  /** Loans that were lost since this was last asked. A keeper hears what is gone. */
  takeLost(): Receipt[] {
    this.#end.tellGone()
    const lost = [...this.#lost]
    this.#lost.clear()
    return lost
  }

  /** These are not held any more: nobody need keep them. */
  gone(numbers: number[]): void {
    this.#end.gone(numbers)
  }

  /** Back to their queues, attempts given back where SQS allows it. What cannot be reached comes back by itself. */
  async giveBack(loans: readonly Loan[]): Promise<void> {
    const items = loans.map(({ receipt }) => ({ receipt, verdict: { kind: 'release' } as const }))
    if (items.length > 0) await this.#track(settleAll(this, items, new Map()))
  }

  /** Back to their queue as they are: they follow one that has gone back already. */
  async show(loans: readonly Loan[]): Promise<void> {
    for (const loan of loans) this.loans.remove(loan)
    this.gone(loans.map(({ number }) => number))
    await this.#track(hide(this.link, loans, () => 0))
  }

  /** What lay in the body store is not needed any more. A body that cannot be deleted stays behind. */
  async dropBodies(loans: readonly Loan[]): Promise<void> {
    const { bodies } = this.link.settings
    const keys = bodies === undefined ? [] : loans.flatMap(({ bodyKey }) => bodyKey ?? [])
    await Promise.allSettled(keys.map((key) => bodies!.delete(key)))
  }

  /** Waits for the receives under way, and gives back what is still on loan. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    await Promise.all([...this.#taps.values()].map((tap) => tap.close()))
    await this.giveBack(this.loans.all())
    await Promise.all(this.#beside)
    this.#end.close()
    this.link.close()
  }

  async #lend(queue: Queue, messages: Message[]): Promise<Lent> {
    const ports = {
      link: this.link,
      queues: this.queues,
      beside: (work: Promise<unknown>) => void this.#track(work),
      identity: () => {
        const number = ++this.#numbers
        return { number, receipt: receiptOf(this.session, number) }
      },
    }
    const lent = await lend(ports, queue, messages)
    for (const loan of lent.loans) this.loans.add(loan)
    this.#end.held(lent.loans)
    return lent
  }

  /** Before a job of theirs may make the loop stand still, the guardian has to know of them. */
  tellHeld(): void {
    this.#end.tellHeld()
  }

  #lose(loans: Loan[]): void {
    for (const loan of loans) {
      this.loans.remove(loan)
      this.#lost.add(loan.receipt)
    }
    this.gone(loans.map(({ number }) => number))
  }

  #hidden(until: [number, number][]): void {
    for (const [number, hiddenUntilMs] of until) {
      const loan = this.loans.findNumber(number)
      if (loan !== undefined) loan.hiddenUntilMs = Math.max(loan.hiddenUntilMs, hiddenUntilMs)
    }
  }

  /** In the same turn of the loop other receives end too: what they brought is handed over together. */
  #wakeSoon(): void {
    if (this.#waking || this.#waiters.size === 0) return
    this.#waking = true
    this.link.settings.env.immediate(() => {
      this.#waking = false
      this.#wake()
    })
  }

  #wake(): void {
    for (const wake of this.#waiters) wake()
  }

  /** Its failure is nobody's: the message comes back when its visibility timeout ends. */
  #track(work: Promise<unknown>): Promise<void> {
    const tracked = work.then(
      () => {},
      () => {},
    )
    this.#beside.add(tracked)
    return tracked.finally(() => this.#beside.delete(tracked))
  }
}
