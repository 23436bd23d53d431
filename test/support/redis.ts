import { connect } from 'node:net'
import { onTestFinished, type TestContext } from 'vitest'
import { FaultProxy } from '../../stress/proxy/proxy.ts'
import { resp } from '../../stress/proxy/resp.ts'
import { RedisCluster } from '../../stress/servers/redis-cluster.ts'
import { hasRedisServer, RedisServer, type RedisServerOptions } from '../../stress/servers/redis.ts'

export type { RedisServer } from '../../stress/servers/redis.ts'

const needs = 'needs redis-server on the PATH'

/** A server of this test alone, gone when it has finished. Skips the test where there is none to start. */
export async function ownRedis(context: TestContext, options: RedisServerOptions = {}): Promise<RedisServer> {
  requireServer(context)
  const server = await RedisServer.start(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

export async function ownCluster(context: TestContext, nodes = 3): Promise<RedisCluster> {
  requireServer(context)
  const cluster = await RedisCluster.start(nodes)
  onTestFinished(() => cluster[Symbol.asyncDispose]())
  return cluster
}

/** A proxy before a server, gone with the test. */
export async function ownProxy(server: { port: number }): Promise<FaultProxy> {
  const proxy = await FaultProxy.start(server, { protocol: resp })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return proxy
}

function requireServer(context: TestContext): void {
  if (hasRedisServer()) return
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  context.skip(needs)
}

/**
 * The URL of a server that tests may share, each under a prefix of its own: `REDIS_URL`, what listens on the standard port, or one
 * that is started for this process. Undefined where there is none: skip, and say `needs Redis`.
 */
export async function sharedRedis(): Promise<string | undefined> {
  const given = process.env['REDIS_URL']
  if (given !== undefined && given !== '') return given
  if (await listens(6379)) return 'redis://127.0.0.1:6379'
  if (hasRedisServer()) return (await RedisServer.start()).url
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return undefined
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
