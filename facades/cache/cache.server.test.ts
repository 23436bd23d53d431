import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { ownProxy, ownRedis, sharedRedis } from '../../test/support/redis.ts'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { type CacheClient, type CacheOptions, createCache, current, defineJob, unchecked } from '../../src/index.ts'

const minute = 60_000
const failsWith = (code: string) => expect.objectContaining({ code })

interface Scene {
  redis: string
  /** Of this test alone. */
  prefix: string
  admin: Redis
  /** One more process, so to speak: a cache with a connection and a memory of its own. */
  cache: (options?: CacheOptions) => CacheClient
}

async function scene(context: TestContext): Promise<Scene> {
  const redis = await sharedRedis()
  if (redis === undefined) context.skip('needs Redis')
  const made = sceneAt(redis!)
  onTestFinished(async () => {
    const keys = await made.admin.keys(`${made.prefix}*`)
    if (keys.length > 0) await made.admin.unlink(...keys)
  })
  return made
}

function sceneAt(redis: string): Scene {
  const prefix = `test-cache-${randomBytes(6).toString('hex')}:`
  const admin = new Redis(redis)
  admin.on('error', () => undefined)
  onTestFinished(() => admin.disconnect())
  const cache = (options: CacheOptions = {}) => {
    const made = createCache({ redis, prefix, ...options })
    onTestFinished(() => made.close())
    return made
  }
  return { redis, prefix, admin, cache }
}

test('what one process keeps the others see, and what it deletes or invalidates they see no more', async (context) => {
  const { cache } = await scene(context)
  const [a, b] = [cache({ localMsMax: 0 }), cache({ localMsMax: 0 })]
  await a.set('k', { n: 1 }, minute, { tags: ['t'] })
  await a.set('undefined', undefined, minute)
  expect([await b.get('k'), await b.has('undefined'), await b.get('undefined')]).toEqual([{ n: 1 }, true, undefined])
  await b.invalidate('t')
  expect(await a.get('k')).toBeUndefined()
  await a.set('k', 2, minute, { tags: ['t'] })
  expect([await b.get('k'), await b.delete('k'), await b.delete('k'), await a.get('k')]).toEqual([
    2,
    true,
    false,
    undefined,
  ])
})

test('a process answers by itself for localMsMax, and no longer', async (context) => {
  const { cache } = await scene(context)
  const [a, b] = [cache({ localMsMax: minute }), cache({ localMsMax: 50 })]
  await a.set('k', 1, minute)
  expect([await a.get('k'), await b.get('k')]).toEqual([1, 1])
  await b.set('k', 2, minute)
  await a.set('other', 1, minute)
  expect([await a.get('k'), await a.get('k', { fresh: true })]).toEqual([1, 2])
  await a.set('k', 3, minute)
  await until(async () => (await b.get('k')) === 3)
})

test('a value is made once by all processes, and each tenant’s apart', async (context) => {
  const { cache } = await scene(context)
  const caches = Array.from({ length: 4 }, () => cache())
  const made: string[] = []
  const job = defineJob('asks', { input: unchecked<number>() }, (n, { tenant }) =>
    caches[n % 4]!.remember('k', minute, async () => {
      made.push(tenant!)
      await sleep(50)
      return { of: current().tenant, by: made.length }
    }),
  )
  const { client } = await working([job])
  const sent = await Promise.all(Array.from({ length: 80 }, (_, n) => client.enqueue(job, n, { tenant: `t${n % 5}` })))
  const answers = (await Promise.all(sent.map((one) => one.result()))) as { of: string }[]
  expect(answers.map(({ of }) => of)).toEqual(Array.from({ length: 80 }, (_, n) => `t${n % 5}`))
  expect(made.toSorted()).toEqual(['t0', 't1', 't2', 't3', 't4'])
})

test('nobody waits for a maker that has died for longer than its lock lives', async (context) => {
  const { cache, admin, prefix } = await scene(context)
  const a = cache({ lockMs: 300 })
  await admin.set(`${prefix}{["k"]}:lock`, 'of a process that is gone', 'PX', 200)
  expect(await a.remember('k', minute, () => 'mine')).toBe('mine')
  // And when the lock does not go at all, no longer than one may have it.
  await admin.set(`${prefix}{["l"]}:lock`, 'for ever')
  expect(await a.remember('l', minute, () => 'mine too')).toBe('mine too')
})

test('what fails to be made in one process is made by another', async (context) => {
  const { cache, admin, prefix } = await scene(context)
  const [a, b] = [cache(), cache()]
  const { opened, open } = gate()
  const failing = a.remember('k', minute, () => opened.then(() => Promise.reject(new Error('down'))))
  await until(async () => (await admin.exists(`${prefix}{["k"]}:lock`)) === 1)
  const waiting = b.remember('k', minute, () => 'b')
  await sleep(50)
  open()
  await expect(failing).rejects.toThrow('down')
  expect(await waiting).toBe('b')
  expect(await a.get('k')).toBe('b')
})

test('what another process deletes or sets while it is made is not kept', async (context) => {
  const { cache, admin, prefix } = await scene(context)
  const [a, b] = [cache({ localMsMax: 0 }), cache({ localMsMax: 0 })]
  const { opened, open } = gate()
  const makers = ['deleted', 'set'].map((key) => a.remember(key, minute, () => opened.then(() => 'old')))
  await until(async () => (await admin.exists(`${prefix}{["deleted"]}:lock`, `${prefix}{["set"]}:lock`)) === 2)
  await b.delete('deleted')
  await b.set('set', 'new', minute)
  open()
  expect(await Promise.all(makers)).toEqual(['old', 'old'])
  expect([await b.has('deleted'), await b.get('set')]).toEqual([false, 'new'])
  expect(await b.remember('deleted', minute, () => 'made again')).toBe('made again')
})

test('a stale value is made anew by one process, behind the backs of all', async (context) => {
  const { cache, admin, prefix } = await scene(context)
  const [a, b] = [cache({ localMsMax: 0 }), cache({ localMsMax: 0 })]
  let made = 0
  const { opened, open } = gate()
  const make = async () => {
    if (made++ > 0) await opened
    return made
  }
  const ask = (one: CacheClient) => one.remember('k', 30, make, { staleMs: minute })
  expect(await ask(a)).toBe(1)
  await sleep(50)
  expect(await Promise.all([ask(a), ask(b), ask(a), ask(b)])).toEqual([1, 1, 1, 1])
  await until(() => made === 2)
  open()
  await until(async () => (await admin.get(`${prefix}{["k"]}`))?.endsWith('\n2') === true)
})

test('a cut connection costs a call at most, and no job', async (context) => {
  const { cache, admin } = sceneAt((await ownRedis(context)).url)
  const a = cache({ localMsMax: 0, callMsMax: 5_000 })
  await a.set('k', 1, minute)
  const [own] = await ownClients(admin)
  for (let round = 0; round < 5; round++) {
    const asking = Array.from({ length: 50 }, () => a.get('k'))
    for (const id of await ownClients(admin)) await admin.client('KILL', 'ID', id)
    await Promise.all(asking)
  }
  expect(own).toBeDefined()
  await until(async () => (await a.get('k')) === 1)
})

test('without its Redis it goes on as if there were nothing in it, and tells; a strict one throws', async (context) => {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const { cache } = sceneAt(`redis://127.0.0.1:${proxy.port}`)
  const [lax, strict] = [
    cache({ callMsMax: 200, localMsMax: 0 }),
    cache({ callMsMax: 200, localMsMax: 0, strict: true }),
  ]
  await Promise.all([lax.set('k', 1, minute), strict.set('s', 1, minute)])
  await server[Symbol.asyncDispose]()
  const degraded = heard('cache.degraded')
  const job = defineJob('asks', { attempts: 1 }, async () => [
    await lax.get('k'),
    await lax.remember('k', minute, () => 'made'),
    await lax.delete('k'),
  ])
  const { client } = await working([job])
  expect(await (await client.enqueue(job)).result()).toEqual([null, 'made', false])
  expect(degraded.length).toBeGreaterThan(2)
  expect(degraded.every(({ job }) => job !== undefined)).toBe(true)
  await expect(strict.get('s')).rejects.toThrow(failsWith('FW_CACHE_FAILED'))
  await expect(strict.remember('s', minute, () => 1)).rejects.toThrow(failsWith('FW_CACHE_FAILED'))
})

test('a Redis that does not answer costs one deadline, not one a call', async (context) => {
  const proxy = await ownProxy(await ownRedis(context))
  const { cache } = sceneAt(`redis://127.0.0.1:${proxy.port}`)
  const Cache = cache({ callMsMax: 400, localMsMax: 0 })
  await Cache.set('k', 1, minute)
  proxy.blackhole()
  const startedMs = performance.now()
  for (let n = 0; n < 50; n++) expect(await Cache.get('k')).toBeUndefined()
  // 20 s, if each had waited for its own.
  expect(performance.now() - startedMs).toBeLessThan(10_000)
})

test('a connection that nothing gets through any more is left for a new one', async (context) => {
  const proxy = await ownProxy(await ownRedis(context))
  const { cache } = sceneAt(`redis://127.0.0.1:${proxy.port}`)
  const Cache = cache({ callMsMax: 200, localMsMax: 0, strict: true })
  await Cache.set('k', 1, minute)
  proxy.blackhole('open')
  const unanswered = ['k', 'l', 'm'].map((key) => Cache.get(key))
  expect((await Promise.allSettled(unanswered)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
    'rejected',
  ])
  expect(await vi.waitFor(() => Cache.get('k'), { timeout: 20_000 })).toBe(1)
  expect(proxy.accepted).toBeGreaterThan(1)
})

test('a value that is damaged, or of a later version, is none', async (context) => {
  const { cache, admin, prefix } = await scene(context)
  const a = cache()
  const bad = { a: 'x', b: '{"v":2,"s":0}\n1', c: 'null\n1', d: '{\n1', e: '' }
  for (const [key, value] of Object.entries(bad)) await admin.set(`${prefix}{["${key}"]}`, value, 'PX', minute)
  await admin.set(`${prefix}{["f"]}`, '{"v":1,"s":0}\n1')
  for (const key of [...Object.keys(bad), 'f']) expect([key, await a.get(key)]).toEqual([key, undefined])
  await admin.set(`${prefix}{["g"]}`, '{"v":1,"s":0}\n1', 'PX', minute)
  expect(await a.get('g')).toBe(1)
})

test('it works with an ioredis client of the user’s own, under its prefix', async (context) => {
  const { redis, prefix, admin } = await scene(context)
  const own = new Redis(redis, { keyPrefix: prefix })
  onTestFinished(() => own.disconnect())
  const Cache = createCache({ redis: own, prefix: 'c:' })
  onTestFinished(() => Cache.close())
  await Cache.set('k', 1, minute)
  expect(await admin.keys(`${prefix}*`)).toContain(`${prefix}c:{["k"]}`)
  expect(await createCacheOf(own).get('k')).toBe(1)
})

function createCacheOf(redis: Redis): CacheClient {
  const made = createCache({ redis, prefix: 'c:' })
  onTestFinished(() => made.close())
  return made
}

/** All connections but ours, at a server that nobody else uses. */
async function ownClients(admin: Redis): Promise<string[]> {
  const me = String(await admin.client('ID'))
  const list = String(await admin.client('LIST'))
  return list
    .split('\n')
    .filter((line) => line.startsWith('id='))
    .map((line) => /id=(\d+)/.exec(line)![1]!)
    .filter((id) => id !== me)
}
