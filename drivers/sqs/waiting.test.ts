import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { call, idsOf, job, opened, settle, sqsApp, take } from '../../test/support/sqs.ts'
import { sqsWeather } from '../../test/support/sqs-weather.ts'
import { until } from '../../test/support/work.ts'

/** A reserve that is broken off as soon as it waits in SQS. */
async function aborted(driver: Awaited<ReturnType<typeof opened>>): Promise<void> {
  const stop = new AbortController()
  const want = { demand: [{ queue: 'q', limit: 10 }], limit: 10, waitMs: 5_000, signal: stop.signal }
  const pending = driver.reserve(call(), want)
  await sleep(50)
  stop.abort()
  expect(await pending).toEqual({ jobs: [], broken: [] })
}

it('what an aborted reserve still brings is the next one’s', async () => {
  const app = await sqsApp()
  const [driver, other] = [await opened({ prefix: app.prefix }), await opened({ prefix: app.prefix })]
  await take(driver)
  await aborted(driver)
  await other.enqueue(call(), [job('a')])
  await until(async () => (await other.depth(['q']))[0]!.running === 1)
  expect(idsOf(await take(driver, 'q', { waitMs: 2_000 }))).toEqual(['a'])
})

it('and goes back within a second or two when nobody asks, without an attempt', async () => {
  const app = await sqsApp()
  const [driver, other] = [await opened({ prefix: app.prefix }), await opened({ prefix: app.prefix })]
  await take(driver)
  await aborted(driver)
  await other.enqueue(call(), [job('a')])
  await until(async () => (await other.depth(['q']))[0]!.running === 1)
  const [loan] = await take(other, 'q', { waitMs: 5_000 })
  expect([loan!.job.id, loan!.attempts]).toEqual(['a', 1])
})

it('the first job that comes is given at once: no receive waits for ten, and none is under way for more than were asked', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url })
  await take(driver)
  weather.seen.length = 0
  const pending = take(driver, 'q', { limit: 3, waitMs: 5_000 })
  await until(() => weather.count('ReceiveMessage') === 1)
  await driver.enqueue(call(), [job('a')])
  expect(idsOf(await pending)).toEqual(['a'])
  for (const { action, input } of weather.seen) {
    if (action === 'ReceiveMessage') expect(input['MaxNumberOfMessages']).toBeLessThanOrEqual(3)
  }
})

it('full receives are followed by more at once, up to the limit', async () => {
  const weather = await sqsWeather()
  const driver = await opened({ url: weather.url, pollsMax: 4 })
  await driver.enqueue(
    call(),
    Array.from({ length: 150 }, (_, n) => job(`j${n}`)),
  )
  const seen = new Set<string>()
  while (seen.size < 150) {
    const loans = await take(driver, 'q', { limit: 100, waitMs: 2_000 })
    for (const id of idsOf(loans)) seen.add(id)
    await settle(driver, loans, { kind: 'done' })
  }
  const peak = weather.peak.get('ReceiveMessage')
  expect(peak).toBeGreaterThan(1)
  // One may be over for the driver while its last byte is on the way.
  expect(peak).toBeLessThanOrEqual(4 + 1)
})

it('an idle queue costs one receive in pollSeconds', async () => {
  const weather = await sqsWeather()
  const clock = { aheadMs: 0 }
  const { systemEnv } = await import('../../src/base/env.ts')
  const env = { ...systemEnv, monoMs: () => performance.now() + clock.aheadMs }
  const driver = await opened({ url: weather.url, pollSeconds: 3, env })
  await take(driver)
  clock.aheadMs = 60_000
  weather.seen.length = 0
  expect(await take(driver, 'q', { waitMs: 2_500 })).toEqual([])
  const asked = weather.seen.filter(({ action }) => action === 'ReceiveMessage')
  expect(asked.map(({ input }) => input['WaitTimeSeconds'])).toEqual([3])
})
