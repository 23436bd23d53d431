import { expect, it } from 'vitest'
import { systemEnv } from '../../src/base/env.ts'
import { call, idsOf, job, opened, settle, sqsApp, take } from '../../test/support/sqs.ts'
import { sqsWeather } from '../../test/support/sqs-weather.ts'

/** A wall clock that somebody sets, and a way to SQS on which its own delays are a thousandth. */
async function quickTime() {
  const weather = await sqsWeather()
  weather.hurt = ({ input }) => {
    for (const entry of (input['Entries'] ?? []) as { DelaySeconds?: number }[]) {
      if (entry.DelaySeconds !== undefined) entry.DelaySeconds = Math.ceil(entry.DelaySeconds / 1_000)
    }
    return undefined
  }
  const clock = { aheadMs: 0 }
  const env = { ...systemEnv, nowMs: () => Date.now() + clock.aheadMs }
  const app = await sqsApp()
  return { weather, clock, app, driver: await opened({ url: weather.url, prefix: app.prefix, env }) }
}

const delaysOf = (seen: { action: string; input: Record<string, unknown> }[]) =>
  seen.flatMap(({ action, input }) =>
    action === 'SendMessageBatch' ? (input['Entries'] as { DelaySeconds?: number }[]).map((it) => it.DelaySeconds) : [],
  )

it('a delay beyond 15 minutes is parked again and again, and no attempt is counted for it', async () => {
  const { weather, clock, driver } = await quickTime()
  await driver.enqueue(call(), [job('late', { due: { inMs: 3_600_000 }, headers: { x: 'y' } })])
  for (let parked = 1; parked <= 3; parked++) {
    while (delaysOf(weather.seen).length <= parked) expect(await take(driver, 'q', { waitMs: 200 })).toEqual([])
    clock.aheadMs += 900_000
  }
  clock.aheadMs += 900_000
  const [loan] = await take(driver, 'q', { waitMs: 3_000 })
  expect(loan).toMatchObject({ attempts: 1, job: job('late', { headers: { x: 'y' } }) })
  expect(Date.now() - loan!.enqueuedAtMs).toBeLessThan(30_000)
  expect(await settle(driver, [loan!], { kind: 'done' })).toEqual(['settled'])
  expect(await driver.depth(['q'])).toMatchObject([{ ready: 0, delayed: 0, running: 0 }])
})

it('a retry that SQS cannot hide for so long is a copy with its attempts, a shorter one is hidden', async () => {
  const { weather, driver } = await quickTime()
  await driver.enqueue(call(), [job('a'), job('b')])
  const loans = await take(driver)
  const [a, b] = ['a', 'b'].map((id) => loans.filter(({ job }) => job.id === id))
  expect(await settle(driver, a!, { kind: 'retry', due: { inMs: 20 * 3_600_000 } })).toEqual(['settled'])
  expect(await settle(driver, b!, { kind: 'retry', due: { inMs: 11 * 3_600_000 } })).toEqual(['settled'])
  const copy = weather.seen.filter(({ action }) => action === 'SendMessageBatch').at(-1)!.input['Entries'] as {
    MessageAttributes: Record<string, { StringValue: string }>
  }[]
  expect(JSON.parse(copy[0]!.MessageAttributes['fiber-work']!.StringValue)).toMatchObject({ id: 'a', attempts: 1 })
  const hidden = weather.seen.find(({ action }) => action === 'ChangeMessageVisibilityBatch')!.input['Entries']
  expect(hidden).toMatchObject([{ VisibilityTimeout: 11 * 3_600 }])
})

it('a job on loan when its worker closes comes back as if it had never been taken', async () => {
  const { app, driver } = await quickTime()
  await driver.enqueue(call(), [job('a'), job('b')])
  expect(await take(driver)).toHaveLength(2)
  await driver.close()
  const other = await opened({ prefix: app.prefix })
  const loans = await take(other)
  expect(idsOf(loans).toSorted()).toEqual(['a', 'b'])
  expect(loans.map(({ attempts }) => attempts)).toEqual([1, 1])
})
