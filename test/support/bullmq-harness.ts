import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { bullmqDriver } from '../../drivers/bullmq/index.ts'
import type { Harness } from '../../drivers/conformance/index.ts'
import { sharedRedis } from './redis.ts'

const redis = await sharedRedis()

/** The conformance suite's harness for this driver: each store is a prefix of its own on one server. */
export function bullmqHarness(skip: Harness['skip'] = []): Harness {
  return {
    name: 'bullmq',
    skip,
    async store() {
      const prefix = `test-${randomBytes(6).toString('hex')}`
      const url = `bullmq+${redis}/0`
      return {
        driver: ({ leaseMs }) => bullmqDriver({ url, prefix, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: () => removePrefix(prefix),
      }
    },
  }
}

async function removePrefix(prefix: string): Promise<void> {
  const client = new Redis(redis!)
  try {
    for await (const keys of client.scanStream({ match: `*${prefix}*`, count: 10_000 })) {
      if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
    }
  } finally {
    client.disconnect()
  }
}
