import assert from 'node:assert/strict'
import type {
  Added,
  Call,
  Driver,
  Report,
  Reservation,
  Reserved,
  Settled,
  StoredJob,
  Verdict,
  Want,
} from '../../src/contract/index.ts'

/** What a reserve may leave out: no waiting, a signal that never aborts, at most 100. */
export type Wish = Partial<Omit<Want, 'demand'>> & { call?: Call }

/** A driver in the hand of one worker: it numbers the calls, and says the usual things briefly. */
export class Hand {
  readonly driver: Driver
  /** Of the newest `open`. */
  session = ''
  #seq = 0

  constructor(driver: Driver) {
    this.driver = driver
  }

  async open(): Promise<this> {
    const { session } = await this.driver.open()
    this.session = session
    return this
  }

  /** The id of a new call. */
  call(lane = 0): Call {
    this.#seq++
    return { lane, seq: this.#seq }
  }

  enqueue(jobs: StoredJob[], call = this.call()): Promise<Added[]> {
    return this.driver.enqueue(call, jobs)
  }

  /** Enqueue what must be added, and nothing else. */
  async add(...jobs: StoredJob[]): Promise<void> {
    const added = await this.enqueue(jobs)
    assert.deepEqual(
      added.map(({ outcome }) => outcome),
      jobs.map(() => 'added'),
    )
  }

  reserve(queue: string | string[], limit = 100, wish: Wish = {}): Promise<Reserved> {
    const { call = this.call(), waitMs = 0, signal = new AbortController().signal } = wish
    const queues = typeof queue === 'string' ? [queue] : queue
    return this.driver.reserve(call, { demand: queues.map((queue) => ({ queue, limit })), limit, waitMs, signal })
  }

  /** Reserve, and give the loans alone. */
  async take(queue: string, limit = 100): Promise<Reservation[]> {
    const { jobs, broken } = await this.reserve(queue, limit)
    assert.deepEqual(broken, [])
    return jobs
  }

  /** Reserve exactly one. */
  async takeOne(queue: string): Promise<Reservation> {
    const jobs = await this.take(queue, 1)
    assert.equal(jobs.length, 1, `a job of ${queue} to take`)
    return jobs[0]!
  }

  /** The ids that a reserve takes, in their order. */
  async takeIds(queue: string, limit = 100): Promise<string[]> {
    return idsOf(await this.take(queue, limit))
  }

  settle(loans: Reservation[], verdict: Verdict, call = this.call()): Promise<Settled[]> {
    return this.driver.settle(
      call,
      loans.map(({ receipt }) => ({ receipt, verdict })),
    )
  }

  /** Settle one loan, and tell the outcome. */
  async settleOne(loan: Reservation, verdict: Verdict): Promise<Settled['outcome']> {
    const [settled] = await this.settle([loan], verdict)
    assert.ok(settled)
    return settled.outcome
  }

  beat(report: Partial<Report> = {}): ReturnType<Driver['beat']> {
    return this.driver.beat({ renew: false, running: 0, progress: [], about: '{}', ...report })
  }

  async depth(queue: string): Promise<Awaited<ReturnType<Driver['depth']>>[number]> {
    const [depth] = await this.driver.depth([queue])
    assert.ok(depth)
    return depth
  }
}

export const idsOf = (loans: readonly Reservation[]): string[] => loans.map(({ job }) => job.id)

export const done: Verdict = { kind: 'done' }
export const retry: Verdict = { kind: 'retry' }
export const release: Verdict = { kind: 'release' }
export const dead: Verdict = { kind: 'dead', reason: 'it failed too often' }
