import { expect, onTestFinished, test, vi } from 'vitest'
import { ownProxy, ownRedis } from '../../test/support/redis.ts'
import type { FaultProxy } from '../../stress/proxy/proxy.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { done, Hand, idsOf } from '../conformance/hand.ts'
import { type RedisStreamsOptions, redisStreamsDriver } from './index.ts'

const job = (id: string): StoredJob => ({ id, queue: 'q', name: 'work', priority: 5, body: '{"v":1}' })

async function open(server: { port: number }, options: RedisStreamsOptions = {}): Promise<Hand> {
  const driver = redisStreamsDriver({ redis: `redis://127.0.0.1:${server.port}`, ...options })
  await driver.prepare()
  onTestFinished(() => driver.close().catch(() => {}))
  return new Hand(driver).open()
}

/** The reply to the next script of this name is lost on its way: the call fails, and it was done. */
function losing(proxy: FaultProxy, script: string): Promise<unknown> {
  return proxy.dropReply(1, (request) => request.includes(`_${script}`))
}

const retryable = { retryable: true }

test.for(['enqueue', 'reserve', 'settle'] as const)(
  'the reply to %s is lost after the commit: asked again, the same call answers, and nothing happens twice',
  async (verb, context) => {
    const server = await ownRedis(context)
    const proxy = await ownProxy(server)
    const [worker, judge] = [await open(proxy), await open(server)]
    await worker.add(job('a'), job('b'))
    const loans = verb === 'settle' ? await worker.take('q') : []
    const call = worker.call()
    const ask = {
      enqueue: () => worker.enqueue([job('c')], call),
      reserve: () => worker.reserve('q', 10, { call }),
      settle: () => worker.settle(loans, { kind: 'release' }, call),
    }[verb]
    const lost = losing(proxy, verb)
    await expect(ask()).rejects.toMatchObject(retryable)
    await lost
    const answer = await ask()
    if (verb === 'enqueue') expect(answer).toEqual([{ outcome: 'added', id: 'c' }])
    if (verb === 'settle') expect(answer).toEqual([{ outcome: 'settled' }, { outcome: 'settled' }])
    const { ready, running } = await judge.depth('q')
    expect([ready, running]).toEqual({ enqueue: [3, 0], reserve: [0, 2], settle: [2, 0] }[verb])
  },
)

test.for(['cut', 'black hole', 'restart'] as const)(
  'whoever waits hears of a job that came while the way was gone: %s',
  async (how, context) => {
    const server = await ownRedis(context, { config: { appendonly: 'yes' } })
    const proxy = await ownProxy(server)
    const worker = await open(proxy, { silenceMs: 500, connectTimeoutMs: 500 })
    const waiting = worker.reserve('q', 10, { waitMs: 20_000 })
    await vi.waitFor(async () => expect(await server.say('CLIENT', 'LIST')).toContain('cmd=xread'))
    if (how === 'cut') proxy.cut()
    if (how === 'black hole') proxy.blackhole('open')
    if (how === 'restart') await server.restart('SIGKILL')
    await (await open(server)).add(job('a'))
    const call = worker.call()
    // What fails on the way is asked again, as the core does.
    const got = await waiting.catch(() =>
      vi.waitFor(() => worker.reserve('q', 10, { call, waitMs: 1_000 }), { timeout: 10_000 }),
    )
    expect(idsOf(got.jobs)).toEqual(['a'])
  },
)

test('a restart of the server keeps jobs, loans, keys and records', async (context) => {
  const server = await ownRedis(context, { config: { appendonly: 'yes', appendfsync: 'always' } })
  const worker = await open(server)
  await worker.add(job('runs'), job('waits'), { ...job('late'), due: { inMs: 3_600_000 } })
  const [loan] = await worker.take('q', 1)
  await worker.driver.ledger!.write([{ key: 'k', value: 'v' }])
  await server.restart('SIGKILL')
  await vi.waitFor(() => worker.depth('q'), { timeout: 5_000 })
  expect(await worker.depth('q')).toMatchObject({ ready: 1, running: 1, delayed: 1 })
  expect(await worker.settleOne(loan!, done)).toBe('settled')
  expect(await worker.driver.ledger!.read(['k'])).toMatchObject([{ value: 'v' }])
  expect(await worker.takeIds('q')).toEqual(['waits'])
})

test('an abort while the reply is on its way: what it took it delivers', async (context) => {
  const server = await ownRedis(context)
  const proxy = await ownProxy(server)
  const worker = await open(proxy)
  await worker.add(job('a'))
  proxy.delay(100)
  const stop = new AbortController()
  const reserving = worker.reserve('q', 10, { waitMs: 5_000, signal: stop.signal })
  await new Promise((resolve) => setTimeout(resolve, 20))
  stop.abort()
  expect(idsOf((await reserving).jobs)).toEqual(['a'])
})

test('a server that became a replica is told as such, and again when it is back', async (context) => {
  const [server, master] = [await ownRedis(context), await ownRedis(context)]
  const worker = await open(server)
  await server.say('REPLICAOF', '127.0.0.1', master.port)
  await expect(worker.enqueue([job('a')])).rejects.toMatchObject(retryable)
  await server.say('REPLICAOF', 'NO', 'ONE')
  const call = worker.call()
  await vi.waitFor(async () => expect(await worker.enqueue([job('b')], call)).toHaveLength(1), { timeout: 10_000 })
})

test('many who wait in one process share one connection, at different queues too', async (context) => {
  const server = await ownRedis(context)
  const { redisStreamsStore } = await import('./index.ts')
  const store = redisStreamsStore(`redis+streams://127.0.0.1:${server.port}`)
  const hands: Hand[] = []
  for (let n = 0; n < 5; n++) {
    const driver = store()
    onTestFinished(() => driver.close())
    hands.push(await new Hand(driver).open())
  }
  const waits = hands.slice(1).map((hand, n) => hand.reserve(`q${n}`, 1, { waitMs: 10_000 }))
  await vi.waitFor(async () => expect((await server.say('CLIENT', 'LIST')).match(/ name=fiber-work/g)).toHaveLength(2))
  for (let n = 0; n < waits.length; n++) await hands[0]!.add({ ...job(`j${n}`), queue: `q${n}` })
  const got = await Promise.all(waits)
  expect(got.map(({ jobs }) => idsOf(jobs))).toEqual([['j0'], ['j1'], ['j2'], ['j3']])
})
