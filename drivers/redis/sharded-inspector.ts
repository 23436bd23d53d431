import type {
  GroupDepth,
  Inspector,
  JobFilter,
  JobPage,
  JobRecord,
  JobState,
  Keep,
  PageRequest,
  SessionRecord,
  TerminalState,
} from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { RedisInspector } from './inspector.ts'
import { mergeGroups } from './sharded-groups.ts'
import { listShards } from './sharded-list.ts'
import { inTurn, portions, shardOf } from './sharded-route.ts'
import type { Shard } from './sharded.ts'
import { together } from './sharded-together.ts'
import { trimShards } from './sharded-trim.ts'

type Answers<Verb extends 'retry' | 'cancel' | 'remove'> = Awaited<ReturnType<Inspector[Verb]>>

/** Looking and acting on all shards. An id alone tells where most jobs are; who is not there is looked for everywhere. */
export class ShardedInspector implements Inspector {
  readonly #shards: () => readonly Shard[]

  constructor(shards: () => readonly Shard[]) {
    this.#shards = shards
  }

  find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    return this.#seek(
      ids,
      (inspector, some) => inspector.find(some),
      (record) => record === undefined,
    )
  }

  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return listShards(
      this.#shards().map(({ link }) => link),
      filter,
      page,
    )
  }

  /** One of each shard in turn. */
  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    const all = await this.#each((inspector) => inspector.peek(queue, limit))
    return inTurn(all).slice(0, limit)
  }

  retry(ids: string[]): Promise<Answers<'retry'>> {
    return this.#seek(ids, (inspector, some) => inspector.retry(some), isUnknown)
  }

  cancel(ids: string[]): Promise<Answers<'cancel'>> {
    return this.#seek(ids, (inspector, some) => inspector.cancel(some), isUnknown)
  }

  remove(ids: string[]): Promise<Answers<'remove'>> {
    return this.#seek(ids, (inspector, some) => inspector.remove(some), isUnknown)
  }

  async pause(queues: string[]): Promise<void> {
    await this.#each((inspector) => inspector.pause(queues))
  }

  async resume(queues: string[]): Promise<void> {
    await this.#each((inspector) => inspector.resume(queues))
  }

  async purge(queue: string, states: JobState[], limit: number): Promise<{ removed: number; more: boolean }> {
    let [removed, more] = [0, false]
    for (const { driver } of this.#shards()) {
      const purged = await driver.inspector.purge(queue, states, limit - removed)
      removed += purged.removed
      more ||= purged.more
    }
    return { removed, more }
  }

  trim(
    queue: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    return trimShards(this.#shards(), queue, states, keep, limit)
  }

  async groups(queue: string, limit: number): Promise<GroupDepth[]> {
    return mergeGroups(await this.#each((inspector) => inspector.groups(queue, limit)), limit)
  }

  async queues(): Promise<string[]> {
    const names = await this.#each((inspector) => inspector.queues())
    return [...new Set(names.flat())].toSorted()
  }

  /** A session has a part on each shard, under one name. */
  async sessions(): Promise<SessionRecord[]> {
    const found = new Map<string, SessionRecord>()
    for (const part of (await this.#each((inspector) => inspector.sessions())).flat()) {
      const whole = found.get(part.session)
      found.set(part.session, whole === undefined ? part : { ...part, ...whole, held: whole.held + part.held })
    }
    return [...found.values()]
  }

  /** One shard after the other. */
  async audit(cursor = '0 '): Promise<{ checked: number; repaired: number; cursor?: string }> {
    const shards = this.#shards()
    const [, at = '', from = ''] = /^(\d+) (.*)$/s.exec(cursor) ?? []
    const shard = shards[Number(at)]
    if (at === '' || shard === undefined)
      throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of an audit.')
    const { cursor: next, ...report } = await shard.driver.inspector.audit(from === '' ? undefined : from)
    if (next !== undefined) return { ...report, cursor: `${at} ${next}` }
    const following = Number(at) + 1
    return following === shards.length ? report : { ...report, cursor: `${following} ` }
  }

  /** Each id where it would be by itself; who is not found there, on all other shards. */
  async #seek<A>(
    ids: string[],
    ask: (inspector: RedisInspector, some: string[]) => Promise<A[]>,
    missing: (answer: A) => boolean,
  ): Promise<A[]> {
    const inspectors = this.#shards().map(({ driver }) => driver.inspector)
    const answers: A[] = []
    const home = (id: string) => shardOf(id, inspectors.length)
    await together(
      portions(ids, home).map(async ({ shard, items, at }) => {
        for (const [i, answer] of (await ask(inspectors[shard]!, items)).entries()) answers[at[i]!] = answer
      }),
    )
    const lost = ids.flatMap((id, at) => (missing(answers[at]!) ? [{ id, at }] : []))
    await together(
      inspectors.map(async (inspector, shard) => {
        const elsewhere = lost.filter(({ id }) => home(id) !== shard)
        if (elsewhere.length === 0) return
        const found = await ask(
          inspector,
          elsewhere.map(({ id }) => id),
        )
        for (const [i, answer] of found.entries()) if (!missing(answer)) answers[elsewhere[i]!.at] = answer
      }),
    )
    return answers
  }

  #each<A>(ask: (inspector: RedisInspector) => Promise<A>): Promise<A[]> {
    return together(this.#shards().map(({ driver }) => ask(driver.inspector)))
  }
}

const isUnknown = (answer: string): boolean => answer === 'unknown'
