import { expect, onTestFinished, type TestContext, vi } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import { redisDriver, type RedisOptions } from '../../drivers/redis/index.ts'
import { shardOf } from '../../drivers/redis/sharded-route.ts'
import type { Reservation, StoredJob } from '../../src/contract/index.ts'
import { ownProxy, ownRedis, type RedisServer } from './redis.ts'

export const shards = 3

/** With three shards, prepared and open until the test has finished. */
export async function opened(options: RedisOptions): Promise<Hand> {
  const driver = redisDriver({ shards, ...options })
  onTestFinished(() => driver.close())
  await driver.prepare()
  return new Hand(driver).open()
}

/** A worker and another one on an installation with three shards, on a server of their own. */
export async function scene(context: TestContext) {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const [hand, other] = [
    await opened({ redis: `redis://127.0.0.1:${proxy.port}` }),
    await opened({ redis: server.url }),
  ]
  /** The answer of one shard to the next script is lost after the script has run. */
  const lose = (shard: number) => proxy.dropReply(1, (request) => request.includes(`{fiber-work.${shard}}:`))
  return { server, hand, other, lose }
}

let made = 0
export const job = (fields: Partial<StoredJob> = {}): StoredJob => {
  const id = `j${made++}`
  return { id, queue: 'q', name: 'work', priority: 5, body: id, ...fields }
}
export const jobs = (count: number, fields: Partial<StoredJob> = {}) => Array.from({ length: count }, () => job(fields))

/** A job that goes to this shard. */
export function jobOf(shard: number, fields: Partial<StoredJob> = {}): StoredJob {
  for (;;) {
    const one = job(fields)
    if (shardOf(one.id, shards) === shard) return one
  }
}

export const ids = (list: readonly (Reservation | StoredJob)[]) =>
  list.map((one) => ('job' in one ? one.job.id : one.id)).toSorted()

/** Begins a wait of this worker, and resolves when it stands in line for the queue on each shard. */
export async function waiting(server: RedisServer, hand: Hand, stop = new AbortController()) {
  const lines = [0, 1, 2].map((shard) => `{fiber-work.${shard}}:idle:q`)
  await server.say('DEL', ...lines)
  const pending = hand.reserve('q', 1, { waitMs: 10_000, signal: stop.signal })
  await vi.waitFor(async () => expect(await server.say('EXISTS', ...lines)).toBe('3'))
  return { pending }
}

/** Which shards have a job. */
export const shardsOf = (loans: readonly Reservation[]) => new Set(loans.map(({ receipt }) => receipt[0]))
