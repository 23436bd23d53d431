import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { onTestFinished, type TestContext } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import type { Harness } from '../../drivers/conformance/index.ts'
import { redisStreamsDriver, type RedisStreamsOptions } from '../../drivers/redis-streams/index.ts'
import { sharedRedis } from './redis.ts'
import { keysOf, newName, removeAll } from './redis-harness.ts'

/** The conformance suite's harness for this driver: each store is a prefix of its own on one server. */
export function redisStreamsHarness(url: string, skip: Harness['skip'] = []): Harness {
  return {
    name: 'redis-streams',
    skip,
    async store() {
      const prefix = newName()
      return {
        driver: ({ leaseMs }) => redisStreamsDriver({ redis: url, prefix, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => {
          const redis = new Redis(url)
          await removeAll(redis, prefix).finally(() => redis.disconnect())
        },
      }
    },
  }
}

/** A prefix of its own on the shared server, seen by drivers and by a connection that may do anything to its keys. */
export interface StreamsPlace {
  url: string
  prefix: string
  /** A driver in the hand of a worker. */
  open(options?: RedisStreamsOptions): Promise<Hand>
  redis: Redis
  /** What a key of ours is called there. */
  key(name: string): string
  /** Names of the keys, without what they all begin with. */
  keys(): Promise<string[]>
}

/** Gone when the test has finished. Skips the test where there is no Redis. */
export async function streamsPlace(context: TestContext, server?: string): Promise<StreamsPlace> {
  const url = server ?? (await sharedRedis())
  if (url === undefined) return context.skip('needs Redis')
  const prefix = newName()
  const key = (name: string) => `{${prefix}}:${name}`
  const redis = new Redis(url)
  redis.on('error', () => {})
  const hands: Hand[] = []
  onTestFinished(async () => {
    for (const { driver } of hands) await driver.close().catch(() => {})
    await removeAll(redis, prefix).catch(() => {})
    redis.disconnect()
  })
  return {
    url,
    prefix,
    redis,
    key,
    keys: async () => (await keysOf(redis, prefix)).map((name) => name.slice(key('').length)).sort(),
    async open(options = {}) {
      const driver = redisStreamsDriver({ redis: url, prefix, ...options })
      await driver.prepare()
      const hand = new Hand(driver)
      hands.push(hand)
      return hand.open()
    },
  }
}
