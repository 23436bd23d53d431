import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, type TestContext } from 'vitest'
import { ownRedis, sharedRedis } from '../../test/support/redis.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { createSessions, defineJob, type SessionFacade, type SessionOptions, unchecked } from '../../src/index.ts'

interface Scene {
  prefix: string
  admin: Redis
  /** One more process, so to speak. */
  sessions: (options?: SessionOptions) => SessionFacade
}

async function scene(context: TestContext): Promise<Scene> {
  const redis = await sharedRedis()
  if (redis === undefined) context.skip('needs Redis')
  return sceneAt(redis!)
}

function sceneAt(redis: string): Scene {
  const prefix = `test-session-${randomBytes(6).toString('hex')}:`
  const admin = new Redis(redis)
  onTestFinished(async () => {
    const keys = await admin.keys(`${prefix}*`)
    if (keys.length > 0) await admin.unlink(...keys)
    admin.disconnect()
  })
  const sessions = (options: SessionOptions = {}) => {
    const made = createSessions({ redis, prefix, ...options })
    onTestFinished(() => made.close())
    return made
  }
  return { prefix, admin, sessions }
}

test('what a job writes, jobs of other processes see, until its time is over', async (context) => {
  const { sessions, admin, prefix } = await scene(context)
  const [a, b] = [sessions({ ttlMs: 60_000 }), sessions()]
  const write = defineJob('write', {}, () => a.of('u1').set('cart', [1, 2]))
  const read = defineJob('read', {}, async () => (await b.of('u1').get('cart')) ?? null)
  const { client } = await working([write, read])
  await (await client.enqueue(write, undefined, { tenant: 'acme' })).result()
  expect(await (await client.enqueue(read, undefined, { tenant: 'acme' })).result()).toEqual([1, 2])
  expect(await (await client.enqueue(read, undefined, { tenant: 'other' })).result()).toBeNull()
  expect(await admin.pttl(`${prefix}{["acme","u1"]}`)).toBeGreaterThan(30_000)
  await admin.pexpire(`${prefix}{["acme","u1"]}`, 1)
  await until(async () => (await b.of('u1', { tenant: 'acme' }).get('cart')) === undefined)
})

test('no update of four processes is lost, although their connections are cut again and again', async (context) => {
  const { sessions, admin } = sceneAt((await ownRedis(context)).url)
  const all = Array.from({ length: 4 }, () => sessions({ callMsMax: 10_000, updateMsMax: 30_000 }))
  const add = defineJob('add', { input: unchecked<number>(), attempts: 1 }, async (n) => {
    await all[n % 4]!.update<number>('count', (count = 0) => count + 1)
  })
  const { client } = await working([add])
  const sent = await client.enqueueMany(
    add,
    Array.from({ length: 200 }, (_, n) => n),
  )
  const results = Promise.allSettled(sent.map((one) => one.result()))
  const me = String(await admin.client('ID'))
  let done = false
  void results.then(() => (done = true))
  while (!done) {
    const ids = [...String(await admin.client('LIST')).matchAll(/^id=(\d+)/gm)].map(([, id]) => id!)
    for (const id of ids) if (id !== me) await admin.client('KILL', 'ID', id).catch(() => 0)
    await sleep(50)
  }
  const counted = (await results).filter(({ status }) => status === 'fulfilled').length
  expect(counted).toBeGreaterThan(150)
  // One that failed may have been written all the same: its reply never came.
  const count = (await sessions().get<number>('count'))!
  expect(count).toBeGreaterThanOrEqual(counted)
  expect(count).toBeLessThanOrEqual(200)
})

test('a write that is sent twice is done once, whatever came between', async (context) => {
  const { sessions, prefix } = await scene(context)
  const { RedisStore } = await import('./redis-store.ts')
  const { systemEnv } = await import('../../src/base/env.ts')
  const store = new RedisStore(systemEnv, (await sharedRedis())!, prefix, 5_000)
  onTestFinished(() => store.close())
  const write = (version: string, expected?: string) =>
    store.write('id', { text: `"${version}"`, version, expected, ttlMs: 60_000 })
  expect([await write('v1'), await write('v1'), await write('v2')]).toEqual([true, true, false])
  expect([await write('v2', 'v1'), await write('v3', 'v2'), await write('v2', 'v1')]).toEqual([true, true, true])
  expect(await store.read('id')).toEqual({ text: '"v3"', version: 'v3' })
  for (let n = 4; n < 1_010; n++) await write(`v${n}`, `v${n - 1}`)
  expect([await write('v2', 'v1'), await write('v100', 'v99')]).toEqual([false, true])
  await sessions().close()
})

test('two jobs that change the same: one is tried again, and both are in it', async (context) => {
  const { sessions } = await scene(context)
  const [a, b] = [sessions(), sessions()]
  const retried = heard('job.ended')
  let waiting = 0
  const push = defineJob('push', { input: unchecked<string>(), backoff: { kind: 'fixed', baseMs: 1 } }, async (who) => {
    const one = who === 'a' ? a : b
    const list = (await one.get<string[]>('list')) ?? []
    waiting++
    await until(() => waiting >= 2)
    await one.set('list', [...list, who])
  })
  const { client, worker } = await working([push])
  await client.enqueueMany(push, ['a', 'b'])
  await worker.idle({ delayed: true })
  expect((await a.get<string[]>('list'))!.toSorted()).toEqual(['a', 'b'])
  expect(retried.map(({ verdict }) => verdict).toSorted()).toEqual(['done', 'done', 'retry'])
})

test('a Redis that is not there fails the job with a code, and it is tried again', async (context) => {
  const server = await ownRedis(context)
  const Session = createSessions({ redis: server.url, callMsMax: 200 })
  onTestFinished(() => Session.close())
  await server[Symbol.asyncDispose]()
  const ended = heard('job.ended')
  const job = defineJob('asks', { attempts: 2, backoff: { kind: 'fixed', baseMs: 1 } }, () => Session.get('k'))
  const { client, worker } = await working([job])
  await client.enqueue(job)
  await worker.idle({ delayed: true })
  expect(ended.map(({ verdict, error }) => [verdict, String(error).includes('FW_SESSION_FAILED')])).toEqual([
    ['retry', true],
    ['dead', true],
  ])
})
