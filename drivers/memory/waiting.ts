import { timerMsMax } from '../../src/base/env.ts'
import type { Timer } from '../../src/base/env.ts'
import type { Reserved, Want } from '../../src/contract/index.ts'
import type { Queue } from './queue.ts'
import { nextChanceMs, reserve } from './reserve.ts'
import type { Session } from './sessions.ts'
import type { MemoryStore } from './store.ts'

/**
 * One reserve that waits. It is rung when something happens in one of its queues, and sets one timer, by the store's
 * clock, for what happens by time alone: the next due time, tokens, a thaw, the end of the wait. It takes and answers
 * in the same step, so that an abort finds it either waiting, with nothing taken, or answered.
 */
export class Waiter {
  readonly answer: Promise<Reserved>
  readonly #store: MemoryStore
  readonly #session: Session
  readonly #want: Want
  readonly #queues: Queue[]
  readonly #untilMonoMs: number
  readonly #resolve: (reserved: Reserved) => void
  #timer: Timer | undefined
  #ended = false

  constructor(store: MemoryStore, session: Session, want: Want) {
    this.#store = store
    this.#session = session
    this.#want = want
    this.#untilMonoMs = store.env.monoMs() + want.waitMs
    const { promise, resolve } = Promise.withResolvers<Reserved>()
    this.answer = promise
    this.#resolve = resolve
    this.#queues = want.demand.map(({ queue }) => store.queue(queue))
    for (const queue of this.#queues) queue.waiters.add(this)
    session.waiters.add(this)
    want.signal.addEventListener('abort', this.end)
    this.#arm()
  }

  /** Something happened: take what there is, or go on waiting. */
  ring(): void {
    if (this.#ended) return
    const jobs = reserve(this.#store, this.#session, this.#want.demand, this.#want.limit)
    if (jobs.length > 0 || this.#store.env.monoMs() >= this.#untilMonoMs) this.#end({ jobs, broken: [] })
    else this.#arm()
  }

  /** Answer with nothing. */
  readonly end = (): void => {
    if (!this.#ended) this.#end({ jobs: [], broken: [] })
  }

  #end(reserved: Reserved): void {
    this.#ended = true
    this.#store.env.clearTimer(this.#timer)
    this.#want.signal.removeEventListener('abort', this.end)
    for (const queue of this.#queues) queue.waiters.delete(this)
    this.#session.waiters.delete(this)
    this.#resolve(reserved)
  }

  #wake(): void {
    this.ring()
    // What became due may be more than this one took.
    ringBells(this.#store)
  }

  #arm(): void {
    const { env } = this.#store
    env.clearTimer(this.#timer)
    const nowMs = this.#store.now()
    let inMs = this.#untilMonoMs - env.monoMs()
    for (const queue of this.#queues) inMs = Math.min(inMs, nextChanceMs(queue, nowMs) - nowMs)
    this.#timer = env.setTimer(() => this.#wake(), Math.min(Math.max(Math.ceil(inMs), 1), timerMsMax))
  }
}

/** Ring whoever waits at the queues in which something happened; first come, first served. */
export function ringBells(store: MemoryStore): void {
  if (store.touched.size === 0) return
  const touched = [...store.touched]
  store.touched.clear()
  for (const queue of touched) for (const waiter of [...queue.waiters]) waiter.ring()
}
