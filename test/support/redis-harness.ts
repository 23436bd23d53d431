import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Harness } from '../../drivers/conformance/index.ts'
import { redisDriver } from '../../drivers/redis/index.ts'

/** The conformance suite's harness for this driver: each store is an installation of its own on one server. */
export function redisHarness(url: string): Harness {
  return {
    name: 'redis',
    async store() {
      const installation = `test-${randomBytes(6).toString('hex')}`
      return {
        driver: ({ leaseMs }) => redisDriver({ redis: url, installation, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: () => removeInstallation(url, installation),
      }
    },
  }
}

async function removeInstallation(url: string, installation: string): Promise<void> {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: `{${installation}}:*`, count: 10_000 })) {
      if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]))
    }
  } finally {
    redis.disconnect()
  }
}
