import { hostname } from 'node:os'
import { Calls, type Env } from 'fiber-work/driver'
import { takeIn } from './intake.ts'
import type { Link } from './link.ts'
import { type Loan, Loans } from './loans.ts'
import { forget, put } from './write.ts'

/** One open session: a connection, what it holds, and what of it is under way. */
export class Presence {
  readonly session: string
  readonly link: Link
  readonly env: Env
  readonly loans: Loans
  readonly calls = new Calls()
  /** Jobs that this session was given too early, and handed back until they are due. */
  readonly parked = new Map<number, { queue: string; dueAtMs: number }>()
  readonly ending = new AbortController()
  readonly #underWay = new Set<Promise<unknown>>()
  #intake: Promise<void> | undefined

  constructor(link: Link, env: Env) {
    this.session = `${hostname()}:${process.pid}:${env.id()}`
    this.link = link
    this.env = env
    this.loans = new Loans(this.session)
  }

  /** Close waits for it. */
  async during<A>(work: () => Promise<A>): Promise<A> {
    const doing = work()
    this.#underWay.add(doing)
    try {
      return await doing
    } finally {
      this.#underWay.delete(doing)
    }
  }

  /** Only who works takes plain messages in; a client that enqueues has no use for them. */
  startIntake(): void {
    this.#intake ??= takeIn(this)
  }

  /** Back to their queue as they came: no attempt is burned. */
  async giveBack(loans: Loan[]): Promise<void> {
    await Promise.all(
      loans.map(async ({ receipt, meta, body, seq, message }) => {
        this.loans.take(receipt)
        await put(this.link, { ...meta, readyAtMs: this.env.nowMs(), by: receipt }, body, seq, false)
        forget(this.link, message)
      }),
    )
  }

  parkedOf(queue: string): number {
    const nowMs = this.env.nowMs()
    for (const [seq, { dueAtMs }] of this.parked) if (dueAtMs <= nowMs) this.parked.delete(seq)
    return [...this.parked.values()].filter((job) => job.queue === queue).length
  }

  async close(): Promise<void> {
    this.ending.abort()
    await Promise.allSettled([...this.#underWay, this.#intake])
    try {
      await this.giveBack(this.loans.all())
      await this.link.nc.flush()
    } finally {
      await this.link.close()
    }
  }
}
