import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { bullmqApp, noRedis } from '../../test/support/bullmq.ts'
import { until } from '../../test/support/work.ts'
import type { Call, MakeKeeper, Reservation } from '../../src/contract/index.ts'
import { type BullmqDriver, bullmqDriver } from './index.ts'

let seq = 0
const call = (): Call => ({ lane: 0, seq: ++seq })
const report = { renew: false, running: 0, progress: [], about: '{}' }

async function opened(url: string, leaseMs: number): Promise<{ driver: BullmqDriver; session: string }> {
  const driver = bullmqDriver({ url, leaseMs })
  onTestFinished(() => driver.close())
  return { driver, ...(await driver.open()) }
}

async function take(driver: BullmqDriver, waitMs = 0): Promise<Reservation[]> {
  const { signal } = new AbortController()
  const want = { demand: [{ queue: 'emails', limit: 10 }], limit: 10, waitMs, signal }
  return (await driver.reserve(call(), want)).jobs
}

async function redisOf({ connection }: { connection: { host: string; port: number } }): Promise<Redis> {
  const redis = new Redis(connection.port, connection.host)
  onTestFinished(() => redis.disconnect())
  return redis
}

/** What the guardian's thread does. */
async function keeperOf(driver: BullmqDriver) {
  const { module, settings } = driver.keeper!
  const { makeKeeper } = (await import(module)) as { makeKeeper: MakeKeeper }
  const keeper = await makeKeeper(structuredClone(settings))
  onTestFinished(() => keeper.close())
  return keeper
}

it.skipIf(noRedis)(
  'a keeper renews the locks of what its session holds, on a connection of its own, and tells which were lost',
  async () => {
    const app = await bullmqApp()
    const redis = await redisOf(app)
    const { driver, session } = await opened(app.url, 60_000)
    const keeper = await keeperOf(driver)
    await app.queue.addBulk([1, 2, 3].map((n) => ({ name: 'a', data: { n } })))
    const [settled, kept, lost] = await take(driver)
    await driver.settle(call(), [{ receipt: settled!.receipt, verdict: { kind: 'done' } }])
    const lockOf = (loan: Reservation) => `${app.prefix}:${loan.job.id}:lock`
    await redis.pexpire(lockOf(kept!), 5_000)
    await redis.set(lockOf(lost!), 'somebody else', 'PX', 5_000)
    expect(await keeper.renew(session, '{}')).toBe('alive')
    expect(await redis.pttl(lockOf(kept!))).toBeGreaterThan(30_000)
    expect(await redis.pttl(lockOf(lost!))).toBeLessThanOrEqual(5_000)
    expect(await redis.exists(lockOf(settled!))).toBe(0)
    expect((await driver.beat(report)).revoked).toEqual([lost!.receipt])
    expect((await driver.beat(report)).revoked).toEqual([])
    const verdict = { kind: 'done' } as const
    const late = await driver.settle(
      call(),
      [lost!, kept!].map(({ receipt }) => ({ receipt, verdict })),
    )
    expect(late.map(({ outcome }) => outcome)).toEqual(['stale', 'settled'])
    await driver.close()
    expect(await redis.keys(`fiber-work:bullmq:${session}:*`)).toEqual([])
  },
)

it.skipIf(noRedis)('where no keeper runs the beats renew, and a job whose lock was taken over is revoked', async () => {
  const app = await bullmqApp()
  const redis = await redisOf(app)
  const { driver } = await opened(app.url, 800)
  await app.queue.add('a', {})
  const [loan] = await take(driver)
  const lock = `${app.prefix}:${loan!.job.id}:lock`
  const untilMs = Date.now() + 1_600
  while (Date.now() < untilMs) {
    expect((await driver.beat({ ...report, renew: true })).revoked).toEqual([])
    expect(await redis.exists(lock)).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await redis.set(lock, 'somebody else')
  await until(async () => (await driver.beat({ ...report, renew: true })).revoked.includes(loan!.receipt))
})

it.skipIf(noRedis)(
  'what a worker that died held comes back by BullMQ’s stalled check: one crash more, no attempt',
  async () => {
    const app = await bullmqApp()
    const dying = await opened(app.url, 200)
    await app.queue.add('a', {}, { attempts: 3 })
    const [loan] = await take(dying.driver)
    expect([loan!.attempts, loan!.crashes]).toEqual([1, 0])
    const other = await opened(app.url, 200)
    const again = await take(other.driver, 5_000)
    expect(again.map(({ job, attempts, crashes }) => [job.id, attempts, crashes])).toEqual([['emails:1', 1, 1]])
    const verdict = { kind: 'done' } as const
    expect(await dying.driver.settle(call(), [{ receipt: loan!.receipt, verdict }])).toEqual([{ outcome: 'stale' }])
    const { taken } = await dying.driver.sweep()
    expect(taken + (await other.driver.sweep()).taken).toBe(1)
    await app.events.waitUntilReady()
    await until(() => app.heard.includes('stalled 1'))
  },
)

it.skipIf(noRedis)('a job that a wait brings after its abort goes back, and nothing is lost', async () => {
  const app = await bullmqApp()
  const { driver } = await opened(app.url, 30_000)
  for (let i = 0; i < 20; i++) {
    const stop = new AbortController()
    const want = { demand: [{ queue: 'emails', limit: 5 }], limit: 5, waitMs: 5_000, signal: stop.signal }
    const pending = driver.reserve(call(), want)
    const adding = app.queue.add('a', { i })
    if (i % 2 === 0) await adding
    stop.abort()
    const { jobs } = await pending
    await adding
    await driver.settle(
      call(),
      jobs.map(({ receipt }) => ({ receipt, verdict: { kind: 'release' } })),
    )
  }
  await until(async () => (await app.queue.getJobCountByTypes('waiting')) === 20)
  const loans = await take(driver)
  expect(loans.map(({ attempts }) => attempts)).toEqual(Array(10).fill(1))
})

it.skipIf(noRedis)(
  'the same call, asked again while its first answer is still on its way, takes nothing more',
  async () => {
    const app = await bullmqApp()
    const { driver } = await opened(app.url, 30_000)
    await app.queue.addBulk([1, 2, 3, 4].map((n) => ({ name: 'a', data: { n } })))
    const one = call()
    const want = { demand: [{ queue: 'emails', limit: 2 }], limit: 2, waitMs: 0, signal: new AbortController().signal }
    const [first, second] = await Promise.all([driver.reserve(one, want), driver.reserve(one, want)])
    expect(second).toEqual(first)
    expect(await app.queue.getJobCounts('waiting', 'active')).toMatchObject({ waiting: 2, active: 2 })
  },
)
