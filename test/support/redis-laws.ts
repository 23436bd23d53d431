import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'
import { driverConformance, type Harness, type HarnessStore, type Runner } from '../../drivers/conformance/index.ts'
import { redisDriver, type RedisOptions } from '../../drivers/redis/index.ts'
import { hasRedisServer } from '../../stress/servers/redis.ts'
import { ownRedis } from './redis.ts'

interface Laws {
  /** Shown in the names of the tests. */
  name: string
  /** How a driver reaches the server. */
  options: RedisOptions
  skip?: Harness['skip']
  runner?: Runner
}

/**
 * The conformance suite on servers that are started for this file and go with it: each store is an installation of its own, and
 * nobody cleans up behind it.
 */
export async function lawsOn<S extends AsyncDisposable>(
  start: () => Promise<S>,
  lawsOf: (servers: S) => Laws[],
): Promise<void> {
  // Skips, or fails where a server is required.
  if (!hasRedisServer())
    return void it('the laws of the driver seam', async (context) => void (await ownRedis(context)))
  const servers = await start()
  afterAll(() => servers[Symbol.asyncDispose]())
  for (const { name, options, skip = [], runner = { describe, it } } of lawsOf(servers)) {
    driverConformance(runner, { name, skip, store: async () => storeOf(options) })
  }
}

function storeOf(options: RedisOptions): HarnessStore {
  const installation = `test-${randomBytes(6).toString('hex')}`
  return {
    driver: ({ leaseMs }) => redisDriver({ ...options, installation, leaseMs }),
    advance: (ms) => sleep(ms),
    nowMs: () => Date.now(),
    close: async () => {},
  }
}

/** Concerns that look at what scripts do with jobs: the way to the server makes no difference to them. */
const elsewhere = ['groups', 'limits', 'quotas', 'every exit, whatever waits behind it']

/**
 * For a driver that has shown all laws and now reaches its server in another way: runs those to which the way may matter.
 * `FIBER_WORK_ALL_LAWS=1` runs all.
 */
export const lawsOfTheWay: Runner = {
  describe(name, body) {
    const left = elsewhere.includes(name) && process.env['FIBER_WORK_ALL_LAWS'] !== '1'
    if (left)
      process.stderr.write(`skipped "${name}": its laws are shown on one server; FIBER_WORK_ALL_LAWS=1 runs them\n`)
    return left ? describe.skip(`${name} (with FIBER_WORK_ALL_LAWS=1)`, body) : describe(name, body)
  },
  it,
}
