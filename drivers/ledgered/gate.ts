import { takeTokensOfAll, tokensAtMsOfAll, tokensNowOfAll } from '../../src/base/bucket.ts'
import { quotaLeft, spendQuota, windowEndMs } from '../../src/base/quota.ts'
import type { Demand, LimitSettings } from '../../src/contract/index.ts'
import type { Change, Page } from './book.ts'
import { type Rules, rulesOf } from './limits.ts'
import type { Presence } from './presence.ts'
import { type Taken, takenOf } from './taken.ts'

/** What a reserve may ask the broker for. */
export interface Pass {
  /** Queues without limits. */
  free: Demand[]
  /** Queues with limits, and as many jobs of each as are paid for already. */
  paid: Demand[]
  /** Some queue has limits, or is paused: what may be asked for changes without the broker's telling. */
  isPartial: boolean
  /** When there may be more. */
  wakeAtMs: number
}

/** For so long a queue without a limit of its depth is not asked for one again. */
const roomyMs = 1_000

interface Look {
  demand: Demand
  isPaused: boolean
  rules: Rules
  page: Page | undefined
}

/**
 * The limits of queues, taken before the broker is asked: a job is never taken from it and sat upon. What one reserve takes of all queues is
 * one compare-and-set; what it did not use goes back.
 */
export class Gate {
  readonly #presence: Presence
  /** Queues of which the ledger knows how many jobs we hold. */
  readonly #capped = new Map<string, LimitSettings>()
  /** Paid for, and not yet on loan. */
  readonly #coming = new Map<string, number>()
  /** Queues of which any number of jobs may wait, on the monotonic clock. */
  readonly #roomyUntil = new Map<string, number>()

  constructor(presence: Presence) {
    this.#presence = presence
  }

  async pass(demands: Demand[], limit: number): Promise<Pass> {
    const { place } = this.#presence
    return place.persist(async () => {
      const looks = await this.#look(demands)
      const nowMs = place.nowMs()
      const pass: Pass = { free: [], paid: [], isPartial: false, wakeAtMs: Infinity }
      const changes: Change[] = []
      let left = limit
      for (const look of looks) {
        const { demand, isPaused, rules } = look
        const isFree = !isPaused && rules.frozenUntilMs <= nowMs && !isLimited(rules.queue)
        if (isFree) {
          pass.free.push(demand)
          continue
        }
        pass.isPartial = true
        if (isPaused || rules.frozenUntilMs > nowMs) continue
        const { count, change, wakeAtMs } = this.#take(look, Math.min(demand.limit, left), nowMs)
        pass.wakeAtMs = Math.min(pass.wakeAtMs, wakeAtMs)
        if (change === undefined) continue
        left -= count
        changes.push(change)
        pass.paid.push({ ...demand, limit: count })
      }
      if (changes.length > 0 && (await place.book.write(changes)) === undefined) return undefined
      for (const { queue, limit } of pass.paid) this.#add(queue, limit)
      return pass
    })
  }

  /** What was paid for is on loan now, or goes back. */
  async came(paid: Demand[], counts: ReadonlyMap<string, number>): Promise<void> {
    for (const { queue, limit } of paid) this.#add(queue, -limit)
    const unused = paid
      .map(({ queue, limit }) => ({ queue, count: limit - (counts.get(queue) ?? 0) }))
      .filter(({ count }) => count > 0)
    await this.#giveBack(new Map(unused.map(({ queue, count }) => [queue, count])))
  }

  /** Loans have ended: how many are left is told at once, since others wait for it. */
  async left(queues: Iterable<string>): Promise<void> {
    const told = [...new Set(queues)].filter((queue) => this.#capped.has(queue))
    await this.#giveBack(new Map(told.map((queue) => [queue, 0])))
  }

  /** What is held counts for a lease; it is said again with each beat. */
  async renew(): Promise<void> {
    await this.left([...this.#capped.keys()].filter((queue) => this.#presence.heldIn(queue) > 0))
  }

  /** How many more jobs may wait, where that is limited. A limit that others set is known here within a second. */
  async roomIn(queue: string, waiting: (queue: string) => Promise<number>): Promise<number | undefined> {
    const { place } = this.#presence
    if (place.env.monoMs() < (this.#roomyUntil.get(queue) ?? 0)) return undefined
    const [page] = await place.book.read([place.keys.limits(queue)])
    const { depthMax } = rulesOf(page?.text).queue
    if (depthMax !== undefined) return depthMax - (await waiting(queue))
    this.#roomyUntil.set(queue, place.env.monoMs() + roomyMs)
    return undefined
  }

  /** Limits were set here: they hold at once. */
  changed(queue: string): void {
    this.#roomyUntil.delete(queue)
  }

  async #look(demands: Demand[]): Promise<Look[]> {
    const { keys, book } = this.#presence.place
    const names = demands.map(({ queue }) => queue)
    const pages = await book.read(names.flatMap((queue) => [keys.pause(queue), keys.limits(queue), keys.taken(queue)]))
    return demands.map((demand, i) => ({
      demand,
      isPaused: pages[3 * i] !== undefined,
      rules: rulesOf(pages[3 * i + 1]?.text),
      page: pages[3 * i + 2],
    }))
  }

  #take(
    { demand: { queue }, rules, page }: Look,
    most: number,
    nowMs: number,
  ): { count: number; change?: Change; wakeAtMs: number } {
    const { rates = [], quota, concurrencyMax } = rules.queue
    if (concurrencyMax === undefined) this.#capped.delete(queue)
    else this.#capped.set(queue, rules.queue)
    const taken = takenOf(page)
    const held = this.#heldNow(queue, taken, nowMs)
    const others = Object.values(held).reduce((sum, [count]) => sum + count, 0)
    const ours = this.#ours(queue)
    const tokens = tokensNowOfAll(rates, taken.buckets, nowMs)
    const inWindow = quota === undefined ? Infinity : quotaLeft(quota, taken.spent, nowMs)
    const count = Math.min(most, tokens, inWindow, (concurrencyMax ?? Infinity) - others - ours)
    const wakeAtMs = Math.max(
      tokens < 1 ? tokensAtMsOfAll(rates, taken.buckets, nowMs, 1) : nowMs,
      inWindow < 1 ? windowEndMs(quota!, nowMs) : nowMs,
    )
    if (count < 1) return { count: 0, wakeAtMs }
    const next: Taken = { buckets: takeTokensOfAll(rates, taken.buckets, nowMs, count), held }
    if (quota !== undefined) next.spent = spendQuota(quota, taken.spent, nowMs, count)
    if (concurrencyMax !== undefined) this.#hold(held, ours + count, nowMs)
    return { count, change: this.#change(queue, next, page), wakeAtMs }
  }

  #giveBack(unused: ReadonlyMap<string, number>): Promise<true> {
    const { place } = this.#presence
    const queues = [...unused.keys()]
    if (queues.length === 0) return Promise.resolve(true)
    return place.persist(async () => {
      const nowMs = place.nowMs()
      const looks = await this.#look(queues.map((queue) => ({ queue, limit: 0 })))
      const changes = looks.map(({ demand: { queue }, rules, page }) => {
        const { rates = [], quota, concurrencyMax } = rules.queue
        const taken = takenOf(page)
        const count = unused.get(queue)!
        const held = this.#heldNow(queue, taken, nowMs)
        const next: Taken = { buckets: takeTokensOfAll(rates, taken.buckets, nowMs, -count), held }
        if (quota !== undefined && taken.spent !== undefined) {
          next.spent = { ...taken.spent, jobs: Math.max(0, taken.spent.jobs - count) }
        }
        if (concurrencyMax !== undefined) this.#hold(held, this.#ours(queue), nowMs)
        return this.#change(queue, next, page)
      })
      return (await place.book.write(changes)) && true
    })
  }

  /** What the others hold, as far as they have said so lately. */
  #heldNow(_queue: string, { held }: Taken, nowMs: number): Taken['held'] {
    const { session } = this.#presence
    return Object.fromEntries(Object.entries(held).filter(([name, [, untilMs]]) => name !== session && untilMs > nowMs))
  }

  #hold(held: Taken['held'], count: number, nowMs: number): void {
    const { place, session } = this.#presence
    if (count > 0) held[session] = [count, nowMs + place.settings.leaseMs]
  }

  #ours(queue: string): number {
    return this.#presence.heldIn(queue) + (this.#coming.get(queue) ?? 0)
  }

  #change(queue: string, taken: Taken, page: Page | undefined): Change {
    const { keys } = this.#presence.place
    return {
      key: keys.taken(queue),
      text: JSON.stringify(taken),
      version: page?.version ?? 0,
      pieces: page?.pieces ?? 0,
    }
  }

  #add(queue: string, count: number): void {
    this.#coming.set(queue, (this.#coming.get(queue) ?? 0) + count)
  }
}

const isLimited = ({ rates, quota, concurrencyMax }: LimitSettings): boolean =>
  (rates?.length ?? 0) > 0 || quota !== undefined || concurrencyMax !== undefined
