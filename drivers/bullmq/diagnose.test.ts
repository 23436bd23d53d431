import { FlowProducer, Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { bullmqApp, type BullmqApp, noRedis } from '../../test/support/bullmq.ts'
import { bullmqDriver } from './index.ts'

async function diagnosed({ url }: Pick<BullmqApp, 'url'>): Promise<Map<string, string>> {
  const driver = bullmqDriver({ url })
  onTestFinished(() => driver.close())
  await driver.open()
  const findings = await driver.diagnose()
  return new Map(findings.map(({ name, state, text }) => [name, `${state} ${text}`]))
}

it.skipIf(noRedis)('counts what waits in each queue, and says what is handled', async () => {
  const app = await bullmqApp()
  const { queue, connection, prefix } = app
  await queue.add('a', {})
  await queue.add('b', {}, { delay: 3_600_000 })
  await queue.add('c', {}, { priority: 3, backoff: { type: 'exponential', delay: 5 } })
  await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' })
  await queue.setGlobalConcurrency(7)
  await queue.setGlobalRateLimit(10, 1_000)
  const flows = new FlowProducer({ connection, prefix })
  onTestFinished(() => flows.close())
  await flows.add({ name: 'p', queueName: 'emails', children: [{ name: 'k', queueName: 'emails' }] })
  const findings = await diagnosed(app)
  const counts = ['2 waiting', '2 delayed', '1 prioritized', '1 waiting-children', 'written by bullmq:']
  for (const count of counts) expect(findings.get('queue emails')).toContain(count)
  expect(findings.get('flows emails')).toBe('ok handled: 1 parents wait for children, 1 of 6 looked at are children')
  expect(findings.get('schedulers emails')).toMatch(/^ok handled: 1 job schedulers/)
  expect(findings.get('limits emails')).toBe('ok handled: at most 7 at once, 10 in 1000 ms, over all workers')
  expect([...findings.values()].filter((text) => !text.startsWith('ok'))).toEqual([])
})

it.skipIf(noRedis)('names what needs help, and what is refused', async () => {
  const app = await bullmqApp()
  const { queue, connection, prefix } = app
  const job = await queue.add('a', {}, { backoff: { type: 'mine' } })
  const odd = new Queue('é-mails', { connection, prefix })
  onTestFinished(() => odd.close())
  await odd.add('a', {})
  const redis = new Redis(connection.port, connection.host)
  onTestFinished(() => redis.disconnect())
  await redis.hset(queue.toKey(job.id!), 'stc', 4)
  await redis.zadd(queue.toKey('repeat'), Date.now(), 'old:::* * * * *')
  await redis.zadd(queue.toKey('groups'), 1, 'tenant')
  await redis.rpush(queue.toKey('paused'), '9')
  const findings = await diagnosed(app)
  expect(findings.get('backoff emails')).toMatch(/^warn needs help: .* mine; .*settings\.backoffStrategy/)
  expect(findings.get('repeat emails')).toMatch(/^fail refused: 1 repeatable jobs of the old kind/)
  expect(findings.get('groups emails')).toMatch(/^fail refused: .*BullMQ Pro/)
  expect(findings.get('paused emails')).toMatch(/^warn 1 jobs lie in the list/)
  expect(findings.get('name é-mails')).toMatch(/^fail refused/)
  expect(findings.get('stalled emails')).toMatch(/^warn 1 of 1 jobs looked at have stalled more than 3 times/)
  expect(findings.get('unseen')).toMatch(/^ok only the code/)
})

it.skipIf(noRedis)('a prefix under which nothing lies is told', async () => {
  const app = await bullmqApp()
  const findings = await diagnosed({ url: app.url.replace(/prefix=.*/, `prefix=${app.prefix}x`) })
  expect([...findings.values()]).toEqual([expect.stringMatching(/^warn no queue under the prefix "test-.*x"/)])
})
