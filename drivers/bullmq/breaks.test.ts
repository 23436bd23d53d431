import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { ownRedis } from '../../test/support/redis.ts'
import { connect } from '../../src/index.ts'
import { fromBullMQ } from './index.ts'

const jobs = 2_000

it('connections that break in the middle of the work lose no job', async (context) => {
  const server = await ownRedis(context)
  const redis = new Redis(server.url)
  const queue = new Queue('emails', { connection: { url: server.url } })
  const client = await connect(`bullmq+${server.url}`, { leaseMs: 1_000 })
  onTestFinished(async () => {
    await client.close()
    await queue.close()
    redis.disconnect()
  })
  queue.on('error', () => {})
  await queue.addBulk(Array.from({ length: jobs }, (_, n) => ({ name: 'a', data: { n }, opts: { attempts: 5 } })))
  const ran = new Set<number>()
  let breaks = 0
  const handler = fromBullMQ('emails', async (job) => {
    ran.add(job.data.n as number)
    if (ran.size > (breaks + 1) * 250 && breaks < 5) {
      breaks++
      // All but the one that asks.
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  })
  await client.work([handler], { concurrency: 100 })
  const completed = queue.toKey('completed')
  for (const end = Date.now() + 25_000; (await redis.zcard(completed)) < jobs && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(breaks).toBe(5)
  expect(ran.size).toBe(jobs)
  expect(await queue.getJobCounts('completed', 'failed', 'active', 'waiting', 'delayed')).toMatchObject({
    completed: jobs,
    failed: 0,
    active: 0,
    waiting: 0,
    delayed: 0,
  })
})
