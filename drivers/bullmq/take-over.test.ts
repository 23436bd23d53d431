import {
  DelayedError,
  FlowProducer,
  type Job,
  Queue,
  RateLimitError,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq'
import { expect, it, onTestFinished } from 'vitest'
import { type BullmqApp, bullmqApp, noRedis } from '../../test/support/bullmq.ts'
import { until } from '../../test/support/work.ts'
import { type Client, connect, defineJob, Snooze, unchecked } from '../../src/index.ts'
import type { AnyHandler } from '../../src/job/definition.ts'
import type { WorkOptions } from '../../src/connect/work.ts'
import { fromBullMQ } from './index.ts'

/** A worker of ours on the queues of the application. */
async function working(app: BullmqApp, handlers: AnyHandler[], options: WorkOptions = {}) {
  const client = await connect(app.url)
  onTestFinished(() => client.close())
  return { client, worker: await client.work(handlers, { concurrency: 20, ...options }) }
}

async function connected(app: BullmqApp): Promise<Client> {
  const client = await connect(app.url)
  onTestFinished(() => client.close())
  return client
}

const recordOf = async (app: BullmqApp, job: Job) => (await app.queue.getJob(job.id!))!

it.skipIf(noRedis)(
  'an unchanged producer feeds a processor: every name, the job that BullMQ gives, its events, its result',
  async () => {
    const app = await bullmqApp()
    const seen: unknown[] = []
    const processor = async (job: Job<{ to: string }>, token?: string) => {
      await job.updateProgress({ sent: 1 })
      await job.log(`to ${job.data.to}`)
      seen.push([
        job.id,
        job.name,
        job.queueName,
        job.attemptsMade,
        job.opts.attempts,
        typeof token,
        job.token === token,
      ])
      return { delivered: job.data.to }
    }
    await working(app, [fromBullMQ('emails', processor)])
    const plain = await app.queue.add('welcome', { to: 'ada' }, { attempts: 3 })
    const odd = await app.queue.add('send an é-mail!', { to: 'bob' }, { jobId: 'order-7', delay: 20 })
    expect(await app.result(plain)).toEqual({ delivered: 'ada' })
    expect(await app.result(odd)).toEqual({ delivered: 'bob' })
    expect(seen).toEqual([
      [plain.id, 'welcome', 'emails', 0, 3, 'string', true],
      ['order-7', 'send an é-mail!', 'emails', 0, 0, 'string', true],
    ])
    expect((await app.queue.getJobLogs(plain.id!)).logs).toEqual(['to ada'])
    expect(await recordOf(app, plain)).toMatchObject({ attemptsMade: 1, progress: { sent: 1 } })
    await until(() => app.heard.includes('completed order-7'))
    expect(app.heard.filter((event) => event.endsWith(` ${plain.id}`))).toEqual([
      `active ${plain.id}`,
      `progress ${plain.id}`,
      `completed ${plain.id}`,
    ])
  },
)

it.skipIf(noRedis)(
  'attempts and backoff are those of the producer, and BullMQ is told the error as it was thrown',
  async () => {
    const app = await bullmqApp()
    const at: number[] = []
    await working(app, [
      fromBullMQ('emails', async (job) => {
        at.push(Date.now())
        throw new TypeError(`no ${job.attemptsMade}`)
      }),
    ])
    const job = await app.queue.add('a', {}, { attempts: 3, backoff: { type: 'exponential', delay: 40 } })
    await expect(app.result(job)).rejects.toThrow('no 2')
    expect(at).toHaveLength(3)
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(40)
    expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(80)
    const record = await recordOf(app, job)
    expect([record.attemptsMade, record.failedReason, record.stacktrace?.length]).toEqual([3, 'no 2', 3])
    expect(record.stacktrace?.[0]).toMatch(/^TypeError: no 0\n\s+at /)
    const once = await app.queue.add('b', {})
    await expect(app.result(once)).rejects.toThrow('no 0')
    expect((await recordOf(app, once)).attemptsMade).toBe(1)
  },
)

it.skipIf(noRedis)('a strategy of the application decides its own backoff, and -1 ends it', async () => {
  const app = await bullmqApp()
  const asked: unknown[] = []
  const backoffStrategy = (attempt: number, type?: string, error?: Error, job?: { name: string }) => {
    asked.push([attempt, type, error?.message, job?.name])
    return attempt < 2 ? 10 : -1
  }
  const failing = async () => {
    throw new Error('busy')
  }
  await working(app, [fromBullMQ('emails', failing, { settings: { backoffStrategy } })])
  const job = await app.queue.add('a', {}, { attempts: 9, backoff: { type: 'mine' } })
  await expect(app.result(job)).rejects.toThrow('busy')
  expect(asked).toEqual([
    [1, 'mine', 'busy', 'a'],
    [2, 'mine', 'busy', 'a'],
  ])
  expect((await recordOf(app, job)).attemptsMade).toBe(2)
})

it.skipIf(noRedis)('what BullMQ’s own errors say is done: unrecoverable, delayed, back to wait, limited', async () => {
  const app = await bullmqApp()
  const seen = new Map<string, number>()
  await working(app, [
    fromBullMQ('emails', async (job, token) => {
      const times = (seen.get(job.name) ?? 0) + 1
      seen.set(job.name, times)
      if (job.name === 'never') throw new UnrecoverableError('not with this address')
      if (times > 1) return job.attemptsMade
      if (job.name === 'later') {
        await job.moveToDelayed(Date.now() + 50, token)
        throw new DelayedError()
      }
      if (job.name === 'again') {
        await job.moveToWait(token)
        throw new WaitingError()
      }
      await app.queue.rateLimit(100)
      throw new RateLimitError()
    }),
  ])
  const never = await app.queue.add('never', {}, { attempts: 5 })
  await expect(app.result(never)).rejects.toThrow('not with this address')
  expect((await recordOf(app, never)).attemptsMade).toBe(1)
  for (const name of ['later', 'again', 'limited']) {
    const job = await app.queue.add(name, {})
    expect([name, await app.result(job)]).toEqual([name, 0])
  }
  expect(Object.fromEntries(seen)).toEqual({ never: 1, later: 2, again: 2, limited: 2 })
})

it.skipIf(noRedis)(
  'flows and schedulers go on: children before their parent, the next run before the last one has ended',
  async () => {
    const app = await bullmqApp()
    const ran: string[] = []
    await working(app, [
      fromBullMQ('emails', async (job) => {
        ran.push(job.name)
        return job.name === 'parent' ? Object.values(await job.getChildrenValues()) : job.name
      }),
    ])
    const flows = new FlowProducer({ connection: app.connection, prefix: app.prefix })
    onTestFinished(() => flows.close())
    const child = (name: string) => ({ name, queueName: 'emails' })
    const { job } = await flows.add({ name: 'parent', queueName: 'emails', children: [child('one'), child('two')] })
    expect(((await app.result(job)) as string[]).toSorted()).toEqual(['one', 'two'])
    expect(ran.at(-1)).toBe('parent')
    await app.queue.upsertJobScheduler('tick', { every: 50 }, { name: 'tick' })
    await until(() => ran.filter((name) => name === 'tick').length >= 3)
    await app.queue.removeJobScheduler('tick')
  },
)

it.skipIf(noRedis)(
  'roll back: what our client added a BullMQ worker runs, and what a stopped worker of ours held is there for it',
  async () => {
    const app = await bullmqApp()
    const started = Promise.withResolvers<void>()
    const never = async (_job: Job, _token?: string, signal?: AbortSignal) => {
      started.resolve()
      await new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)))
    }
    const { worker } = await working(app, [fromBullMQ('emails', never)])
    const held = await app.queue.add('held', { to: 'ada' }, { attempts: 2 })
    await started.promise
    await worker.stop({ graceMs: 0 })
    const client = await connected(app)
    const definition = defineJob('ours', { queue: 'emails', input: unchecked<{ to: string }>() })
    const sent = await client.enqueue(definition, { to: 'bob' }, { id: 'order:7', attempts: 4 })
    const seen: unknown[] = []
    const theirs = new Worker(
      'emails',
      async (job) => seen.push([job.name, job.data, job.attemptsMade, job.opts.attempts]),
      {
        connection: app.connection,
        prefix: app.prefix,
      },
    )
    onTestFinished(() => theirs.close())
    await app.result(held)
    expect(await sent.result({ timeoutMs: 10_000 })).toBe(2)
    expect(seen).toEqual([
      ['held', { to: 'ada' }, 0, 2],
      ['ours', { to: 'bob' }, 0, 4],
    ])
  },
)

it.skipIf(noRedis)('a definition of ours runs beside the catch-all, and its jobs keep our own words', async () => {
  const app = await bullmqApp()
  let tries = 0
  const ours = defineJob(
    'ours',
    { queue: 'emails', input: unchecked<{ n: number }>(), backoff: { kind: 'fixed', baseMs: 1, jitter: 'none' } },
    ({ n }, job) => {
      if (++tries === 1) throw new Snooze(5)
      if (tries === 2) throw new Error('once more')
      return [n, job.attempt, job.attemptsMax, job.group, job.tags, job.headers]
    },
  )
  const { client } = await working(app, [ours, fromBullMQ('emails', async (job) => `other ${job.name}`)])
  const options = { group: 'g', tags: ['t'], headers: { h: '1' }, priority: 3 }
  const sent = await client.enqueue(ours, { n: 1 }, options)
  expect(await sent.result({ timeoutMs: 10_000 })).toEqual([1, 2, 5, 'g', ['t'], { h: '1' }])
  expect(await app.result(await app.queue.add('any', {}))).toBe('other any')
})

it.skipIf(noRedis)('ids tell the queue: two jobs 1 of two queues are two jobs', async () => {
  const app = await bullmqApp()
  const other = new Queue('sync', { connection: app.connection, prefix: app.prefix })
  onTestFinished(() => other.close())
  await app.queue.add('a', { n: 1 })
  await other.add('b', { n: 2 })
  const client = await connected(app)
  const records = await client.find(['emails:1', 'sync:1', '1', 'emails:2'])
  expect(records.map((record) => record?.job.name)).toEqual(['a', 'b', undefined, undefined])
  expect(await client.remove(['sync:1'])).toEqual(['removed'])
  expect(await app.queue.getJobCounts('waiting')).toMatchObject({ waiting: 1 })
  expect(await client.queues()).toEqual(['emails', 'sync'])
})

it.skipIf(noRedis)('a running job is cancelled by its worker, and is a failed job to BullMQ', async () => {
  const app = await bullmqApp()
  const { client, worker } = await working(
    app,
    [
      fromBullMQ(
        'emails',
        (_job, _token, signal) => new Promise((_, reject) => signal!.addEventListener('abort', reject)),
      ),
    ],
    { beatMs: 20 },
  )
  const job = await app.queue.add('a', {}, { attempts: 5 })
  await until(() => worker.running === 1)
  expect(await client.cancel(['emails:1'])).toEqual(['cancelling'])
  await expect(app.result(job)).rejects.toThrow(/FW_JOB_CANCELLED/)
  expect(await client.cancel(['emails:1'])).toEqual(['settled'])
})

it.skipIf(noRedis)(
  'a result is there whenever a job is done, however the looks and the end of it fall together',
  async () => {
    const app = await bullmqApp()
    const { client } = await working(app, [fromBullMQ('emails', async (job) => job.data as number)])
    const definition = defineJob('n', { queue: 'emails', input: unchecked<number>() })
    for (let n = 1; n <= 100; n++) {
      const sent = await client.enqueue(definition, n)
      let record = await sent.status()
      while (record?.state !== 'done') record = await sent.status()
      expect(record.result).toBe(String(n))
    }
  },
)
