import { type Env, within } from '../base/env.ts'
import type { DefinitionRow } from '../contract/dashboard.ts'
import type { Fleet } from '../contract/fleet.ts'

export interface QueueRate {
  done: number
  retried: number
  dead: number
}

interface Look {
  atMonoMs: number
  /** By queue, in all processes together. */
  counts: Map<string, QueueRate>
  /** Which processes were counted: after a restart they count from 0 again. */
  pids: string
}

/** Whoever asks within this is told the same. */
const freshMs = 1_000
/** A worker whose event loop is blocked answers late, and that is when people look: they are told what was known before. */
const patienceMs = 200
/** What is longer ago says nothing of now. */
const staleMs = 30_000

/** How fast the worker processes of this machine work each queue: what they have counted since somebody last asked. */
export class QueueRates {
  readonly #env: Env
  readonly #fleet: Fleet
  #last: Look | undefined
  #rates = new Map<string, QueueRate>()
  #looking: Promise<void> | undefined

  constructor(env: Env, fleet: Fleet) {
    this.#env = env
    this.#fleet = fleet
  }

  /** By queue, a second. Empty for who asks first: a rate takes two looks. Answers within 200 ms. */
  async now(): Promise<ReadonlyMap<string, QueueRate>> {
    const age = this.#env.monoMs() - (this.#last?.atMonoMs ?? -Infinity)
    if (age >= freshMs) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
      await within(this.#env, patienceMs, this.#looking)
    }
    return this.#rates
  }

  async #look(): Promise<void> {
    const { answers } = await this.#fleet.ask('snapshot', undefined)
    const atMonoMs = this.#env.monoMs()
    const counts = countsOf(answers.flatMap(({ answer }) => answer.definitions))
    const pids = answers.map(({ pid }) => pid).join()
    const before = this.#last
    this.#last = { atMonoMs, counts, pids }
    const isComparable = before !== undefined && before.pids === pids && atMonoMs - before.atMonoMs <= staleMs
    this.#rates = isComparable ? ratesOf(before, this.#last) : new Map()
  }
}

function countsOf(rows: readonly DefinitionRow[]): Map<string, QueueRate> {
  const counts = new Map<string, QueueRate>()
  for (const { queue, done, retried, dead } of rows) {
    const sum = counts.get(queue) ?? { done: 0, retried: 0, dead: 0 }
    counts.set(queue, { done: sum.done + done, retried: sum.retried + retried, dead: sum.dead + dead })
  }
  return counts
}

function ratesOf(before: Look, after: Look): Map<string, QueueRate> {
  const seconds = (after.atMonoMs - before.atMonoMs) / 1_000
  const each = (now: number, then = 0) => Math.max(0, Math.round(((now - then) / seconds) * 100) / 100)
  return new Map(
    [...after.counts].map(([queue, now]) => {
      const then = before.counts.get(queue)
      const rate = {
        done: each(now.done, then?.done),
        retried: each(now.retried, then?.retried),
        dead: each(now.dead, then?.dead),
      }
      return [queue, rate]
    }),
  )
}
