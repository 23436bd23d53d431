import { randomBytes } from 'node:crypto'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest'
import { failure } from '../../test/support/http.ts'
import { ownCluster, ownProxy, ownRedis, sharedRedis } from '../../test/support/redis.ts'
import { gate, heard, until } from '../../test/support/work.ts'
import { createRateLimits, type RateLimits } from './index.ts'

const index = JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)

function limits(): RateLimits {
  const made = createRateLimits()
  onTestFinished(() => made.close())
  return made
}

/** A name of this test alone, whose keys are gone when it has finished. */
async function scene(context: TestContext): Promise<{ redis: string; name: string }> {
  const redis = await sharedRedis()
  if (redis === undefined) context.skip('needs Redis')
  const name = `test-${randomBytes(6).toString('hex')}`
  onTestFinished(async () => {
    const client = new Redis(redis!)
    for await (const keys of client.scanStream({ match: `*{fw-limit:${name}}*`, count: 10_000 })) {
      if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
    }
    client.disconnect()
  })
  return { redis: redis!, name }
}

describe('over Redis', () => {
  test('a rate binds all processes together', async (context) => {
    const { redis, name } = await scene(context)
    const options = { redis, rate: { tokens: 30, perMs: 3_600_000 } }
    const [a, b] = [limits().for(name, options), limits().for(name, options)]
    const stop = new AbortController()
    let ran = 0
    const runs = [a, b].flatMap((limit) =>
      Array.from({ length: 40 }, () => limit.run(() => void ran++, { signal: stop.signal })),
    )
    await until(() => ran === 30)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    stop.abort()
    await Promise.allSettled(runs)
    expect(ran).toBe(30)
  })

  test('what flows in is shared, also by one that asks for little beside one that asks for much', async (context) => {
    const { redis, name } = await scene(context)
    const options = { redis, rate: { tokens: 80, perMs: 1_000, burst: 20 } }
    const [greedy, modest] = [limits().for(name, options), limits().for(name, options)]
    const stop = new AbortController()
    const counts = { greedy: 0, modest: 0 }
    const asking = Array.from({ length: 400 }, () =>
      greedy.run(() => void counts.greedy++, { signal: stop.signal }).catch(() => undefined),
    )
    for (let i = 0; i < 15; i++) await modest.run(() => void counts.modest++)
    expect(counts.modest).toBe(15)
    await until(() => counts.greedy > 15)
    stop.abort()
    await Promise.all(asking)
  })

  test('a cap binds all processes together', async (context) => {
    const { redis, name } = await scene(context)
    const options = { redis, concurrencyMax: 4 }
    let [running, most] = [0, 0]
    const runs = [limits().for(name, options), limits().for(name, options)].flatMap((limit) =>
      Array.from({ length: 20 }, () =>
        limit.run(async () => {
          most = Math.max(most, ++running)
          await new Promise((resolve) => setTimeout(resolve, 5))
          running--
        }),
      ),
    )
    await Promise.all(runs)
    expect(most).toBeLessThanOrEqual(4)
    expect(most).toBeGreaterThan(1)
  })

  test('tokens of calls that gave up go back', async (context) => {
    const { redis, name } = await scene(context)
    const limit = limits().for(name, { redis, rate: { tokens: 40, perMs: 3_600_000 }, concurrencyMax: 1 })
    const held = gate()
    const first = limit.run(() => held.opened)
    const stop = new AbortController()
    const others = Array.from({ length: 10 }, () => failure(limit.run(() => 1, { signal: stop.signal })))
    stop.abort(new Error('enough'))
    await Promise.all(others)
    held.open()
    await first
    const ran = await Promise.all(Array.from({ length: 39 }, () => limit.run(() => 1)))
    expect(ran).toHaveLength(39)
  })

  test('newer settings give way to none that Redis remembers', async (context) => {
    const { redis, name } = await scene(context)
    await limits()
      .for(name, { redis, concurrencyMax: 1 })
      .run(() => undefined)
    const limit = limits().for(name, { redis, concurrencyMax: 3 })
    const held = gate()
    let running = 0
    const runs = [1, 2, 3].map(() => limit.run(() => (running++, held.opened)))
    await until(() => running === 3)
    held.open()
    await Promise.all(runs)
  })

  test('a connection that nothing gets through any more is broken off for a new one', async (context) => {
    const proxy = await ownProxy(await ownRedis(context))
    const redis = `redis://127.0.0.1:${proxy.port}`
    const limit = limits().for('forgotten', { redis, rate: { tokens: 10, perMs: 3_600_000 } })
    await limit.run(() => 1)
    proxy.blackhole('open')
    expect(await limit.run(() => 2)).toBe(2)
  })

  test('a flushed Redis begins anew: calls that wait and calls that come', async (context) => {
    const server = await ownRedis(context)
    const rebuilt = heard('limit.rebuilt')
    const limit = limits().for('flushed', {
      redis: server.url,
      rate: { tokens: 2, perMs: 3_600_000 },
      concurrencyMax: 2,
    })
    await Promise.all([limit.run(() => 1), limit.run(() => 2)])
    const waiting = limit.run(() => 'waited')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await server.say('flushall')
    expect(await waiting).toBe('waited')
    expect(rebuilt.length).toBeGreaterThan(0)
    await server.say('flushall')
    expect(await limit.run(() => 'came')).toBe('came')
  })

  test('a process that Redis has forgotten, because it was silent for long, is known again', async (context) => {
    const { redis, name } = await scene(context)
    const limit = limits().for(name, { redis, rate: { tokens: 5, perMs: 1_000 } })
    await limit.run(() => 1)
    const client = new Redis(redis)
    await client.del(`b_{fw-limit:${name}}:rate-0_client_last_seen`)
    client.disconnect()
    expect(await limit.run(() => 2)).toBe(2)
  })

  test('a server that restarts without its data begins anew as well', async (context) => {
    const server = await ownRedis(context)
    const limit = limits().for('restarted', { redis: server.url, rate: { tokens: 5, perMs: 1_000 } })
    await limit.run(() => 1)
    await server.kill()
    await server.start()
    expect(await limit.run(() => 'again')).toBe('again')
  }, 30_000)

  test('works on a cluster, and with a client of the user, which is left as it was', async (context) => {
    const cluster = await ownCluster(context)
    const { Cluster } = await import('ioredis')
    const mine = new Cluster(cluster.nodes.map(({ url }) => url))
    const limit = limits().for('clustered', { redis: mine, rate: { tokens: 9, perMs: 3_600_000 }, concurrencyMax: 3 })
    expect(await Promise.all(Array.from({ length: 9 }, (_, i) => limit.run(() => i)))).toHaveLength(9)
    await failure(limit.run(() => 1, { signal: AbortSignal.timeout(300) }))
    await mine.set('still', 'here')
    expect(mine.listenerCount('message')).toBe(0)
    mine.disconnect()
  }, 60_000)

  test('keys carry the prefix of the user’s client', async (context) => {
    const { redis, name } = await scene(context)
    const mine = new Redis(redis, { keyPrefix: 'mine:', lazyConnect: true })
    await limits()
      .for(name, { redis: mine, concurrencyMax: 1 })
      .run(() => undefined)
    const other = new Redis(redis)
    expect(await other.exists(`b_mine:{fw-limit:${name}}:slots_settings`)).toBe(1)
    expect(mine.status).toBe('wait')
    mine.disconnect()
    other.disconnect()
  })

  test('a Redis that cannot be reached is said so, without its password', async () => {
    const limit = limits().for('unreachable', {
      redis: 'redis://:secret@127.0.0.1:1',
      rate: { tokens: 1, perMs: 1_000 },
    })
    const error = (await failure(limit.run(() => 1))) as Error
    expect(error).toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    expect(error.message).not.toContain('secret')
  }, 20_000)

  test('a process ends by itself also when Redis is gone', async (context) => {
    const server = await ownRedis(context)
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `
      import { RateLimit } from ${index}
      const limit = RateLimit.for('gone', { redis: ${JSON.stringify(server.url)}, rate: { tokens: 2, perMs: 500 } })
      await limit.run(() => console.log('ran'))
      process.stdin.resume()
    `,
      ],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    await server.kill()
    const endedMs = performance.now()
    child.stdin.end()
    expect(await once(child, 'exit')).toEqual([0, null])
    // Idle connections are closed after 30 s, which would end it as well.
    expect(performance.now() - endedMs).toBeLessThan(20_000)
  }, 40_000)

  test('without ioredis it says what to install', () => {
    const code = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        if (name === 'ioredis') throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      } })
      const { RateLimit } = await import(${index})
      await RateLimit.for('x', { redis: 'redis://127.0.0.1', concurrencyMax: 1 }).run(() => 1).catch((error) => console.log(error.code, error.message))
    `
    const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(ran.stdout).toMatch(/^FW_DRIVER_MISSING .*npm install ioredis/)
  })

  test('a process ends by itself with an idle limit open, and not while a call waits', async (context) => {
    const { redis, name } = await scene(context)
    const code = `
      import { RateLimit } from ${index}
      const limit = RateLimit.for(${JSON.stringify(name)}, { redis: ${JSON.stringify(redis)}, rate: { tokens: 2, perMs: 500 } })
      await Promise.all([1, 2, 3, 4].map((n) => limit.run(() => process.stdout.write('.'))))
    `
    const ran = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect({ ...ran, output: undefined, pid: undefined }).toMatchObject({ stdout: '....', stderr: '', status: 0 })
  }, 30_000)
})
