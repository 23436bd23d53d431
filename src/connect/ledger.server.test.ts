import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { noRabbitmq, rabbitmqPlace } from '../../test/support/rabbitmq.ts'
import { removeAll } from '../../test/support/redis-harness.ts'
import { sharedRedis } from '../../test/support/redis.ts'
import { sharedSqs, sqsPrefix } from '../../test/support/sqs.ts'
import { defineJob, defineQueue, unchecked } from '../index.ts'
import type { Client } from './client.ts'
import { connect } from './connect.ts'

/** Two clients of one broker, both with the same ledger beside it. */
async function pair(broker: string, context: TestContext): Promise<{ client: Client; other: Client }> {
  const redis = await sharedRedis()
  if (redis === undefined) return context.skip('needs Redis')
  const { url, end } = broker === 'RabbitMQ' ? onRabbitmq(context) : await onSqs()
  const installation = `test-${randomBytes(6).toString('hex')}`
  const ledger = `${redis}${redis.includes('?') ? '&' : '?'}installation=${installation}`
  const [client, other] = [await connect(url, { ledger }), await connect(url, { ledger })]
  onTestFinished(async () => {
    await client.close()
    await other.close()
    await end()
    const own = new Redis(redis)
    await removeAll(own, installation).finally(() => own.disconnect())
  })
  return { client, other }
}

function onRabbitmq(context: TestContext) {
  if (noRabbitmq) context.skip('needs RabbitMQ')
  const { url, remove } = rabbitmqPlace()
  return { url, end: () => remove(['default', 'slow', 'broken', 'narrow']) }
}

async function onSqs() {
  return { url: `${await sharedSqs()}?prefix=${sqsPrefix()}`, end: async () => {} }
}

const echo = defineJob('echo', { input: unchecked<number>() }, async (n) => n * 2)

describe.each(['RabbitMQ', 'SQS'])('%s with a ledger in Redis', (broker) => {
  test('unique keys, ids, status and results', async (context) => {
    const { client, other } = await pair(broker, context)
    const first = await client.enqueue(echo, 1, { id: 'one', unique: 'k' })
    expect(await other.enqueue(echo, 2, { id: 'one' })).toMatchObject({ outcome: 'duplicate', id: 'one' })
    expect(await other.enqueue(echo, 3, { unique: 'k' })).toMatchObject({ outcome: 'duplicate', id: 'one' })
    const second = await other.enqueue(echo, 4, { unique: { key: 'k', mode: 'replace' } })
    expect(second.outcome).toBe('replaced')
    expect(await first.status()).toBeUndefined()
    expect((await second.status())?.state).toBe('ready')
    await client.work([echo])
    expect(await second.result()).toBe(8)
    expect(await second.status()).toMatchObject({ state: 'done', attempts: 1, result: '8' })
  })

  test('a waiting job is cancelled, a running one told; a dead one starts over', async (context) => {
    const { client, other } = await pair(broker, context)
    const slow = defineJob(
      'slow',
      { queue: 'slow' },
      (_, job) => new Promise((_, reject) => job.signal.addEventListener('abort', () => reject(job.signal.reason))),
    )
    let isFixed = false
    const broken = defineJob('broken', { attempts: 1, queue: 'broken' }, () => {
      if (!isFixed) throw new Error('not yet')
      return 'at last'
    })
    const waits = await client.enqueue(slow, undefined, { delayMs: 60_000 })
    expect(await other.cancel([waits.id])).toEqual(['cancelled'])
    const runs = await client.enqueue(slow)
    const dies = await client.enqueue(broken)
    await client.work([slow, broken], { beatMs: 50 })
    await vi.waitFor(async () => expect((await runs.status())?.state).toBe('running'), 10_000)
    expect(await other.cancel([runs.id])).toEqual(['cancelling'])
    await expect(runs.result()).rejects.toMatchObject({ code: 'FW_JOB_CANCELLED' })
    await expect(dies.result()).rejects.toMatchObject({ code: 'FW_JOB_DEAD' })
    isFixed = true
    expect(await other.retry([dies.id])).toEqual(['retried'])
    const done = { state: 'done', result: '"at last"' }
    await vi.waitFor(async () => expect(await dies.status()).toMatchObject(done), 10_000)
  })

  test('a paused queue gives nothing to any worker until it is resumed', async (context) => {
    const { client, other } = await pair(broker, context)
    await client.work([echo])
    await other.pause('default')
    expect((await client.depth(['default']))[0]).toMatchObject({ paused: true })
    const sent = await client.enqueue(echo, 21)
    await expect(sent.result({ timeoutMs: 500 })).rejects.toMatchObject({ code: 'FW_RESULT_TIMEOUT' })
    await other.resume('default')
    expect(await sent.result()).toBe(42)
  })

  test('limits of a queue bind two workers together, and each job runs once', async (context) => {
    const { client, other } = await pair(broker, context)
    const narrow = defineQueue('narrow', { concurrencyMax: 3, rate: { tokens: 100, perMs: 1_000, burst: 5 } })
    let [running, most] = [0, 0]
    const startedAtMs: number[] = []
    const job = defineJob('narrow-job', { queue: narrow }, async () => {
      most = Math.max(most, ++running)
      startedAtMs.push(performance.now())
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
    })
    await client.enqueueMany(job, Array.from({ length: 40 }))
    await Promise.all([client.work([job]), other.work([job])])
    await vi.waitFor(() => expect(startedAtMs).toHaveLength(40), 15_000)
    await vi.waitFor(async () => expect((await client.depth(['narrow']))[0]).toMatchObject({ done: 40 }), 10_000)
    expect(startedAtMs).toHaveLength(40)
    expect(most).toBeLessThanOrEqual(3)
    expect(startedAtMs.at(-1)! - startedAtMs[0]!).toBeGreaterThan(330)
  })
})
