import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { onTestFinished, type TestContext } from 'vitest'
import { Hand } from '../../drivers/conformance/hand.ts'
import type { Harness } from '../../drivers/conformance/index.ts'
import { redisDriver, type RedisOptions } from '../../drivers/redis/index.ts'
import { sharedRedis } from './redis.ts'

/** The conformance suite's harness for this driver: each store is an installation of its own on one server. */
export function redisHarness(url: string): Harness {
  return {
    name: 'redis',
    async store() {
      const installation = newName()
      return {
        driver: ({ leaseMs }) => redisDriver({ redis: url, installation, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => {
          const redis = new Redis(url)
          await removeAll(redis, installation).finally(() => redis.disconnect())
        },
      }
    },
  }
}

/** An installation of its own on the shared server, seen by drivers and by a connection that may do anything to its keys. */
export interface Installation {
  url: string
  name: string
  /** A driver in the hand of a worker. */
  open(options?: RedisOptions): Promise<Hand>
  redis: Redis
  /** Names of the keys, without what they all begin with. */
  keys(): Promise<string[]>
  /** What a key of ours is called there. */
  key(name: string): string
}

/** Gone when the test has finished. Skips the test where there is no Redis. */
export async function installation(context: TestContext, server?: string): Promise<Installation> {
  const url = server ?? (await sharedRedis())
  if (url === undefined) return context.skip('needs Redis')
  const name = newName()
  const prefix = `{${name}}:`
  const redis = new Redis(url)
  const hands: Hand[] = []
  onTestFinished(async () => {
    for (const { driver } of hands) await driver.close().catch(() => {})
    await removeAll(redis, name).catch(() => {})
    redis.disconnect()
  })
  return {
    url,
    name,
    redis,
    key: (key) => prefix + key,
    keys: async () => (await keysOf(redis, name)).map((key) => key.slice(prefix.length)).sort(),
    async open(options = {}) {
      const hand = new Hand(redisDriver({ redis: url, installation: name, ...options }))
      hands.push(hand)
      return hand.open()
    },
  }
}

export const newName = (): string => `test-${randomBytes(6).toString('hex')}`

export async function keysOf(redis: Redis, installation: string): Promise<string[]> {
  const found = new Set<string>()
  for await (const keys of redis.scanStream({ match: `{${installation}}:*`, count: 10_000 })) {
    for (const key of keys as string[]) found.add(key)
  }
  return [...found]
}

export async function removeAll(redis: Redis, installation: string): Promise<void> {
  const keys = await keysOf(redis, installation)
  for (let at = 0; at < keys.length; at += 1_000) await redis.unlink(...keys.slice(at, at + 1_000))
}
