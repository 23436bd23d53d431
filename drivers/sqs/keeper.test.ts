import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { blocker } from '../../test/support/blocker.ts'
import { Guarded } from '../../test/support/guarded.ts'
import { call, job, opened, settle, sharedSqs, sqsApp, sqsPrefix, take } from '../../test/support/sqs.ts'
import { sqsWeather } from '../../test/support/sqs-weather.ts'
import { until } from '../../test/support/work.ts'
import type { Keeper, MakeKeeper } from '../../src/contract/index.ts'
import { SqsServer } from '../../stress/servers/sqs.ts'
import { connect } from '../../src/index.ts'
import type { SqsDriver } from './index.ts'

const report = { renew: false, running: 0, progress: [], about: '{}' }

/** What the guardian's thread does. */
async function keeperOf(driver: SqsDriver): Promise<Keeper> {
  const { module, settings } = driver.keeper!
  const { makeKeeper } = (await import(module)) as { makeKeeper: MakeKeeper }
  const keeper = await makeKeeper(structuredClone(settings))
  onTestFinished(() => keeper.close())
  return keeper
}

it('a keeper extends in batches what has run for half its time, tells what is lost, and leaves the rest alone', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url, leaseMs: 2_000 })
  const keeper = await keeperOf(driver)
  await driver.enqueue(
    call(),
    Array.from({ length: 14 }, (_, n) => job(`j${n}`)),
  )
  const loans = await take(driver, 'q', { limit: 14 })
  expect(loans).toHaveLength(14)
  await sleep(100)
  await keeper.renew('', '{}')
  expect(weather.count('ChangeMessageVisibilityBatch')).toBe(0)
  await settle(driver, loans.slice(0, 2), { kind: 'done' })
  await driver.beat(report)
  await sleep(4_100)
  expect(await keeper.renew('', '{}')).toBe('alive')
  const asked = weather.seen.filter(({ action }) => action === 'ChangeMessageVisibilityBatch')
  expect(asked.map(({ input }) => (input['Entries'] as unknown[]).length)).toEqual([10, 2])
  await sleep(4_200)
  expect(await settle(driver, loans.slice(2, 4), { kind: 'done' })).toEqual(['settled', 'settled'])
  expect((await driver.beat(report)).revoked).toEqual([])
})

it('a message that somebody else has by now is told as lost, and its verdict is stale', async () => {
  const app = await sqsApp()
  const driver = await opened({ prefix: app.prefix, leaseMs: 1_000 })
  const other = await opened({ prefix: app.prefix })
  const keeper = await keeperOf(driver)
  await driver.enqueue(call(), [job('a'), job('b')])
  const loans = await take(driver)
  const theirs = await take(other, 'q', { waitMs: 3_000 })
  const [lost, late] = loans
  expect(theirs.length).toBeGreaterThan(0)
  expect(theirs.every(({ attempts }) => attempts === 2)).toBe(true)
  while (theirs.length < 2) theirs.push(...(await take(other)))
  expect(await settle(driver, [late!], { kind: 'done' })).toEqual(['stale'])
  await keeper.renew('', '{}')
  await until(async () => (await driver.beat(report)).revoked.includes(lost!.receipt))
  expect(await settle(driver, [lost!], { kind: 'dead', reason: 'late' })).toEqual(['stale'])
  expect(await settle(other, theirs, { kind: 'done' })).toEqual(['settled', 'settled'])
  expect(await driver.depth(['q'])).toMatchObject([{ ready: 0, running: 0, dead: 0 }])
})

it('where no keeper runs the beats extend', async () => {
  const driver = await opened({ leaseMs: 1_000 })
  await driver.enqueue(call(), [job('a')])
  const loans = await take(driver)
  for (let i = 0; i < 8; i++) {
    await sleep(300)
    expect((await driver.beat({ ...report, renew: true })).revoked).toEqual([])
  }
  expect(await take(driver)).toEqual([])
  expect(await settle(driver, loans, { kind: 'done' })).toEqual(['settled'])
})

it('a job that was held for as long as may be is revoked, and comes again', async () => {
  const driver = await opened({ leaseMs: 1_000, holdMsMax: 1_500 })
  await driver.enqueue(call(), [job('a')])
  const [loan] = await take(driver)
  const lost: string[] = []
  while (lost.length === 0) {
    lost.push(...(await driver.beat({ ...report, renew: true })).revoked)
    await sleep(100)
  }
  expect(lost).toEqual([loan!.receipt])
  expect(await settle(driver, [loan!], { kind: 'done' })).toEqual(['stale'])
  const [again] = await take(driver, 'q', { waitMs: 3_000 })
  expect([again!.job.id, again!.attempts]).toEqual(['a', 2])
})

it('options that only this thread has leave the extending to the beats', async () => {
  const url = await sharedSqs()
  const credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' })
  const driver = await opened({ url, client: { credentials } })
  expect(driver.keeper).toBeUndefined()
})

it('the guardian keeps a job whose handler blocks the loop for three times its visibility', async () => {
  await using server = await SqsServer.start()
  const prefix = sqsPrefix()
  const url = `${server.url}?prefix=${prefix}`
  const client = await connect(url)
  onTestFinished(() => client.close())
  const guarded = new Guarded({
    url,
    connect: { leaseMs: 3_000 },
    work: {},
    events: ['guardian.started', 'job.ended', 'job.stale'],
  })
  await guarded.hears('guardian.started')
  await client.enqueue(blocker, { how: 'loop', ms: 6_000 })
  const other = await opened({ url: server.url, prefix })
  const ended = guarded.hears('job.ended')
  let over = false
  void ended.then(() => (over = true))
  let twice = 0
  while (!over) twice += (await take(other, 'default', { waitMs: 300 })).length
  expect(await ended).toMatchObject({ verdict: 'done', attempt: 1 })
  expect(twice).toBe(0)
}, 90_000)
