import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type {
  Added,
  Call,
  Driver,
  DriverTraits,
  KeeperSpec,
  Ledger,
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
import type { RedisDriver } from './driver.ts'
import { prepareFormat } from './format.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'
import type { Item } from './settle.ts'
import { ShardedCalls } from './sharded-calls.ts'
import { deeper } from './sharded-depth.ts'
import { ShardedInspector } from './sharded-inspector.ts'
import { ShardedLimits } from './sharded-limits.ts'
import { ShardedReserve } from './sharded-reserve.ts'
import { placeOfReceipt, portions, receiptOfShard, shardOfJob } from './sharded-route.ts'
import { nameOfSession, partsOfSession } from './sharded-session.ts'
import { together } from './sharded-together.ts'

const rename = loadScript('rename')

export interface Shard {
  driver: RedisDriver
  link: Link
}

export interface ShardedParts {
  shards: readonly Shard[]
  /** What the installation would have without shards: it says how many there are. */
  base: Link
  env: Env
  keeper: KeeperSpec | undefined
}

/** One session over all shards: it ends where one of them ends. */
interface Open {
  name: string
  /** Of each shard. */
  names: string[]
  calls: ShardedCalls
  reserves: number
}

/**
 * One installation over several hash tags, so that its queues spread over the nodes of a cluster: docs/sharding.md tells what that
 * gives and takes. A verb goes to all shards that it concerns; when one of them fails it fails, and is asked for again: the others
 * then answer from their record.
 */
export class ShardedRedisDriver implements Driver {
  readonly name = 'redis'
  readonly keeper?: KeeperSpec
  readonly limits: ShardedLimits
  readonly inspector: ShardedInspector
  readonly #parts: ShardedParts
  readonly #drivers: readonly RedisDriver[]
  #open: Open | undefined

  constructor(parts: ShardedParts) {
    this.#parts = parts
    this.#drivers = parts.shards.map(({ driver }) => driver)
    if (parts.keeper !== undefined) this.keeper = parts.keeper
    const opened = () => (this.#session, parts.shards)
    this.limits = new ShardedLimits(opened)
    this.inspector = new ShardedInspector(opened)
  }

  /** What one atomic step of one server gives, several have not. */
  get traits(): DriverTraits {
    const all = this.#drivers.map(({ traits }) => traits)
    const durable = (['none', 'process', 'system', 'power'] as const).find((least) =>
      all.some((one) => one.durable === least),
    )
    return { ...all[0]!, order: 'none', followUps: 'none', durable: durable! }
  }

  /** Nodes may be set differently; what all say is said once. */
  get warnings(): readonly string[] {
    return [...new Set(this.#drivers.flatMap(({ warnings }) => warnings))]
  }

  /** Records of the core are few, and live together. */
  get ledger(): Ledger {
    return this.#drivers[0]!.ledger
  }

  async prepare(): Promise<void> {
    const { base } = this.#parts
    await base.open()
    try {
      await prepareFormat(base, String(this.#drivers.length))
    } finally {
      await base.close()
    }
    await together(this.#drivers.map((driver) => driver.prepare()))
  }

  async open(): Promise<{ session: string }> {
    const former = this.#open
    let names = await this.#openAll()
    if (former !== undefined) {
      if (names.every((name, i) => name === former.names[i])) return { session: former.name }
      // One of them was taken back: what the others hold is given back, too.
      const alive = this.#drivers.filter((_, i) => names[i] === former.names[i])
      await together(alive.map((driver) => driver.close()))
      names = await this.#openAll()
    }
    const name = nameOfSession(names)
    await this.#each(({ link }, i) => link.run(rename, [partsOfSession(names[i]!)[0]!, name]))
    this.#open = { name, names, calls: new ShardedCalls(), reserves: 0 }
    return { session: name }
  }

  async enqueue(call: Call, jobs: StoredJob[]): Promise<Added[]> {
    const session = this.#session
    if (jobs.length === 0) return []
    session.calls.begin(call, 'enqueue')
    const added: Added[] = []
    const count = this.#drivers.length
    await together(
      portions(jobs, (job) => shardOfJob(job, count)).map(async ({ shard, items, at }) => {
        const answers = await this.#drivers[shard]!.enqueue(call, items)
        for (const [i, answer] of answers.entries()) added[at[i]!] = answer
      }),
    )
    return added
  }

  async reserve(call: Call, want: Want): Promise<Reserved> {
    const session = this.#session
    const newest = session.calls.begin(call, 'reserve')
    const { env } = this.#parts
    const reserve = (newest.reserve ??= {
      steps: new ShardedReserve(env, this.#drivers, session.reserves++, call, want),
      answer: undefined,
    })
    // Asked again while it is under way, or after it was answered: the same answer.
    reserve.answer ??= reserve.steps.run().catch((error: unknown) => {
      reserve.answer = undefined
      throw error
    })
    return reserve.answer
  }

  async settle(call: Call, items: Item[]): Promise<Settled[]> {
    const session = this.#session
    if (items.length === 0) return []
    if (items.some(({ verdict }) => verdict.followUps !== undefined)) throw cannotFollow()
    session.calls.begin(call, 'settle')
    const settled: Settled[] = items.map(() => ({ outcome: 'stale' }))
    await together(
      portions(items, ({ receipt }) => this.#placeOf(receipt)?.shard).map(async ({ shard, items, at }) => {
        const theirs = items.map(({ receipt, verdict }) => ({
          receipt: this.#placeOf(receipt)!.receipt,
          verdict: keptByShard(verdict, this.#drivers.length),
        }))
        const answers = await this.#drivers[shard]!.settle(call, theirs)
        for (const [i, answer] of answers.entries()) settled[at[i]!] = answer
      }),
    )
    return settled
  }

  async beat(report: Report): Promise<Pulse> {
    void this.#session
    const pulses = await this.#each(({ driver }, shard) =>
      driver.beat({
        ...report,
        progress: report.progress.flatMap(({ receipt, value }) =>
          this.#ours(shard, [receipt]).map((receipt) => ({ receipt, value })),
        ),
        unbegun: this.#ours(shard, report.unbegun ?? []),
      }),
    )
    const receipts = (list: (pulse: Pulse) => Receipt[]) =>
      pulses.flatMap((pulse, shard) => list(pulse).map((receipt) => receiptOfShard(shard, receipt)))
    return {
      session: pulses.every(({ session }) => session === 'alive') ? 'alive' : 'revoked',
      revoked: receipts(({ revoked }) => revoked),
      cancelled: receipts(({ cancelled }) => cancelled),
      paused: [...new Set(pulses.flatMap(({ paused }) => paused))],
      held: sum(pulses, ({ held = 0 }) => held),
    }
  }

  async reconcile(known: Receipt[]): Promise<{ released: number; revoked: Receipt[] }> {
    void this.#session
    const answers = await this.#each(({ driver }, shard) => driver.reconcile(this.#ours(shard, known)))
    const revoked = new Set(
      answers.flatMap((one, shard) => one.revoked.map((receipt) => receiptOfShard(shard, receipt))),
    )
    return {
      released: sum(answers, ({ released }) => released),
      revoked: known.filter((receipt) => this.#placeOf(receipt) === undefined || revoked.has(receipt)),
    }
  }

  /** Each shard revokes what is past its lease; what is taken back is bounded over all of them. */
  async sweep(limit: number): Promise<{ taken: number; more: boolean }> {
    void this.#session
    let [taken, more] = [0, false]
    for (const driver of this.#drivers) {
      const swept = await driver.sweep(limit - taken)
      taken += swept.taken
      more ||= swept.more
    }
    return { taken, more }
  }

  async depth(queues: string[]): Promise<QueueDepth[]> {
    void this.#session
    const [first, ...others] = await this.#each(({ driver }) => driver.depth(queues))
    return first!.map((depth, i) => others.reduce((sum, other) => deeper(sum, other[i]!), depth))
  }

  async close(): Promise<void> {
    this.#open = undefined
    await together(this.#drivers.map((driver) => driver.close()))
  }

  #openAll(): Promise<string[]> {
    return together(this.#drivers.map(async (driver) => (await driver.open()).session))
  }

  #each<T>(ask: (shard: Shard, index: number) => Promise<T>): Promise<T[]> {
    return together(this.#parts.shards.map(ask))
  }

  #placeOf(receipt: Receipt): ReturnType<typeof placeOfReceipt> {
    return placeOfReceipt(receipt, this.#drivers.length)
  }

  /** Of these receipts those of one shard, as it knows them. */
  #ours(shard: number, receipts: Receipt[]): Receipt[] {
    const places = receipts.map((receipt) => this.#placeOf(receipt))
    return places.flatMap((place) => (place?.shard === shard ? [place.receipt] : []))
  }

  get #session(): Open {
    if (this.#open !== undefined) return this.#open
    throw new FiberWorkError('FW_DRIVER_CLOSED', 'The Redis driver was used before open() or after close().')
  }
}

/** Of the done jobs that are to be kept, each shard keeps its part. */
function keptByShard(verdict: Verdict, count: number): Verdict {
  if (verdict.kind !== 'done' || verdict.keep === undefined) return verdict
  return { ...verdict, keep: { ...verdict.keep, count: Math.ceil(verdict.keep.count / count) } }
}

const cannotFollow = (): FiberWorkError =>
  new FiberWorkError(
    'FW_DRIVER_TRAIT',
    'Follow-up jobs cannot be written with a verdict on an installation with shards (trait `followUps`): enqueue them before.',
  )

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
