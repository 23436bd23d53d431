import { FiberWorkError } from '../../src/contract/index.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits, Rate } from '../../src/contract/index.ts'
import type { RedisLimits } from './limits.ts'
import { leftTogether } from './sharded-left.ts'
import { shardOf, sharesOf } from './sharded-route.ts'
import type { Shard } from './sharded.ts'
import { together } from './sharded-together.ts'

/** What one shard is told of a queue; the first one also what was meant. */
type Divided = LimitSettings & { whole?: LimitSettings }

/**
 * A group lives on one shard, and so do its limits. What binds a whole queue is divided: never more than was set, and less while its
 * jobs do not lie evenly. The first shard has the revision, and what is read back.
 */
export class ShardedLimits implements Limits {
  readonly #shards: () => readonly Shard[]

  constructor(shards: () => readonly Shard[]) {
    this.#shards = shards
  }

  /** @throws FW_DRIVER_TRAIT when there is less of something than there are shards. */
  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    const [first, ...others] = this.#all()
    const each = scope === 'queue' ? divided(queue, settings, others.length + 1) : []
    if (!(await first!.set(queue, scope, each[0] ?? settings, revision))) return false
    const bound = typeof scope === 'string' ? others : others.filter((_, i) => i + 1 === this.#shardOf(scope.group))
    await together(bound.map((limits, i) => limits.set(queue, scope, each[i + 1] ?? settings, revision)))
    return true
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    const all = this.#all()
    const bound = group === undefined ? all : [all[this.#shardOf(group)]!]
    await together(bound.map((limits) => limits.freeze(queue, group, untilMs)))
  }

  async read(queue: string): Promise<QueueLimits> {
    const [first, ...others] = await together(this.#all().map((limits) => limits.read(queue)))
    const { whole, ...own } = first!.queue as Divided
    const frozen = others.flatMap((one) => one.frozen.filter(({ group }) => group !== undefined))
    const left = [first!, ...others].map((one) => one.left).reduce(leftTogether)
    return {
      ...first!,
      queue: whole ?? own,
      frozen: [...first!.frozen, ...frozen],
      ...(left !== undefined && { left }),
    }
  }

  #all(): RedisLimits[] {
    return this.#shards().map(({ driver }) => driver.limits)
  }

  #shardOf(group: string): number {
    return shardOf(group, this.#shards().length)
  }
}

function divided(queue: string, whole: LimitSettings, count: number): Divided[] {
  const { concurrencyMax, depthMax, quota, rates } = whole
  const share = (name: string, total: number): number[] => {
    if (total > 0 && total < count) {
      throw new FiberWorkError(
        'FW_DRIVER_TRAIT',
        `The queue "${queue}" has ${name} ${total}, which cannot be divided among ${count} shards: none of them may have 0. Give at least ${count}, limit groups (a group lives on one shard), or use an installation without shards.`,
      )
    }
    return sharesOf(Math.floor(total), count)
  }
  const running = concurrencyMax === undefined ? undefined : share('concurrencyMax', concurrencyMax)
  const waiting = depthMax === undefined ? undefined : share('depthMax', depthMax)
  const jobs = quota === undefined ? undefined : share('a quota of', quota.jobs)
  const bursts = rates?.map(({ burst }) => share('a rate with a burst of', burst))
  return Array.from({ length: count }, (_, i): Divided => ({
    ...(i === 0 && Object.keys(whole).length > 0 && { whole }),
    ...(running !== undefined && { concurrencyMax: running[i]! }),
    ...(waiting !== undefined && { depthMax: waiting[i]! }),
    ...(quota !== undefined && { quota: { ...quota, jobs: jobs![i]! } }),
    ...(rates !== undefined && { rates: rates.map((rate, n) => rateOf(rate, count, bursts![n]![i]!)) }),
  }))
}

const rateOf = (rate: Rate, count: number, burst: number): Rate => ({ ...rate, tokens: rate.tokens / count, burst })
