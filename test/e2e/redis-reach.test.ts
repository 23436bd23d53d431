import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, it } from 'vitest'
import { driverConformance, type Harness } from '../../drivers/conformance/index.ts'
import { redisDriver, type RedisOptions } from '../../drivers/redis/index.ts'
import { RedisCluster } from '../../stress/servers/redis-cluster.ts'
import { hasRedisServer, RedisServer } from '../../stress/servers/redis.ts'
import { redisRights } from '../support/redis-rights.ts'
import { cert, key } from '../support/tls.ts'

/** The laws of the driver seam where the way to the server is not the plain one. */

const skipped = 'needs redis-server on the PATH'

if (hasRedisServer()) {
  await overCluster()
  await overTls()
} else {
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(skipped)
  it('the laws over a cluster and over TLS', (context) => context.skip(skipped))
}

async function overCluster(): Promise<void> {
  const cluster = await RedisCluster.start()
  afterAll(() => cluster[Symbol.asyncDispose]())
  driverConformance({ describe, it }, harness('redis, a cluster of three', cluster.url))
}

/** By a user who has the rights that the README names, and no others. */
async function overTls(): Promise<void> {
  const server = await RedisServer.start({ tls: { key, cert, ca: cert, clientCertificates: true } })
  afterAll(() => server[Symbol.asyncDispose]())
  const rights = redisRights().map((rule) => rule.replace('~{fiber-work}:', '~{test-*}:'))
  await server.say('ACL', 'SETUSER', 'jobs', 'on', '>pw', ...rights)
  const tls = { ca: cert, cert, key }
  const redis = { host: 'localhost', port: server.port, username: 'jobs', password: 'pw', tls }
  driverConformance({ describe, it }, harness('redis, TLS and few rights', redis))
}

/** Each store is an installation of its own; they go with their server. */
function harness(name: string, redis: NonNullable<RedisOptions['redis']>): Harness {
  return {
    name,
    async store() {
      const installation = `test-${randomBytes(6).toString('hex')}`
      return {
        driver: ({ leaseMs }) => redisDriver({ redis, installation, leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => {},
      }
    },
  }
}
