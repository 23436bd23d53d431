import { describe, expect, it } from 'vitest'
import { gate, until, working } from '../../test/support/work.ts'
import { connect, defineJob, defineQueue, unchecked } from '../index.ts'

const sleepy = (name: string, queue: Parameters<typeof defineJob>[1]['queue'], seen: { now: number; most: number }) =>
  defineJob(name, { queue: queue!, input: unchecked<number>() }, async () => {
    seen.most = Math.max(seen.most, ++seen.now)
    await new Promise((resolve) => setTimeout(resolve, 5))
    seen.now--
  })
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('concurrency', () => {
  it('is a bound, is reached, and can be changed while it runs', async () => {
    const seen = { now: 0, most: 0 }
    const hold = gate()
    const job = defineJob('held', { input: unchecked<number>() }, async () => {
      seen.most = Math.max(seen.most, ++seen.now)
      await hold.opened
      seen.now--
    })
    const { client, worker } = await working([job], { concurrency: 10 })
    await client.enqueueMany(job, numbers(40))
    await until(() => seen.now === 10)
    worker.setConcurrency(25)
    await until(() => seen.now === 25)
    worker.setConcurrency(3)
    seen.most = 0
    hold.open()
    await worker.idle()
    expect(seen.most).toBeLessThanOrEqual(25)
  })

  it('holds for one queue of a worker too', async () => {
    const [a, b] = [
      { now: 0, most: 0 },
      { now: 0, most: 0 },
    ]
    const jobs = [sleepy('a', 'a', a), sleepy('b', 'b', b)]
    const { client, worker } = await working(jobs, { concurrency: 50, queues: { a: { concurrency: 3 }, b: {} } })
    for (const job of jobs) await client.enqueueMany(job, numbers(60))
    await worker.idle()
    expect(a.most).toBe(3)
    expect(b.most).toBeGreaterThan(10)
  })

  it('holds over all workers, declared with the queue', async () => {
    const seen = { now: 0, most: 0 }
    const job = sleepy('capped', defineQueue('capped', { concurrencyMax: 4 }), seen)
    const { client, worker } = await working([job], { concurrency: 50 })
    const second = await client.work([job], { concurrency: 50 })
    await client.enqueueMany(job, numbers(60))
    await worker.idle()
    expect(seen.most).toBe(4)
    await second.stop()
  })
})

describe('queues', () => {
  it('share the slots by weight while both have work', async () => {
    const order: string[] = []
    const make = (name: string, weight: number) =>
      defineJob(name, { queue: defineQueue(name, { weight }), input: unchecked<number>() }, async () => {
        order.push(name)
        await new Promise((resolve) => setTimeout(resolve, 1))
      })
    const [big, small] = [make('big', 3), make('small', 1)]
    const client = await connect('memory:')
    await client.enqueueMany(big, numbers(400))
    await client.enqueueMany(small, numbers(400))
    const worker = await client.work([small, big], { concurrency: 20 })
    await worker.idle()
    await client.close()
    const share = order.slice(40, 400).filter((name) => name === 'big').length / 360
    expect(share).toBeGreaterThan(0.6)
    expect(share).toBeLessThan(0.85)
  })

  it('one that has nothing costs the other nothing', async () => {
    const seen = { now: 0, most: 0 }
    const jobs = [
      sleepy('busy', 'busy', seen),
      ...numbers(20).map((n) => sleepy(`idle${n}`, `idle${n}`, { now: 0, most: 0 })),
    ]
    const { client, worker } = await working(jobs, { concurrency: 40 })
    await client.enqueueMany(jobs[0]!, numbers(400))
    await worker.idle()
    expect(seen.most).toBeGreaterThan(30)
  })

  it('only those that were asked for are worked', async () => {
    const ran: string[] = []
    const jobs = ['a', 'b'].map((name) => defineJob(name, { queue: name }, () => void ran.push(name)))
    const { client, worker } = await working(jobs, { queues: ['b'] })
    for (const job of jobs) await client.enqueue(job)
    await worker.idle()
    expect(ran).toEqual(['b'])
  })

  it('pause and resume: one queue for all, or one worker', async () => {
    const ran: string[] = []
    const jobs = ['a', 'b'].map((name) => defineJob(name, { queue: name }, () => void ran.push(name)))
    const { client, worker } = await working(jobs)
    await client.pause('a')
    for (const job of jobs) await client.enqueue(job)
    await until(() => ran.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ran).toEqual(['b'])
    await client.resume('a')
    await until(() => ran.length === 2)
    worker.pause()
    await client.enqueue(jobs[0]!)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ran).toHaveLength(2)
    expect(worker.state).toBe('paused')
    worker.resume()
    await until(() => ran.length === 3)
  })
})

it('priorities are strict inside a group, groups take turns', async () => {
  const order: string[] = []
  const job = defineJob('ordered', { input: unchecked<string>() }, (label) => void order.push(label))
  const client = await connect('memory:')
  for (const [label, group, priority] of [
    ['a5', 'a', 5],
    ['a1', 'a', 1],
    ['a9', 'a', 9],
    ['b0', 'b', 0],
  ] as const) {
    await client.enqueue(job, label, { group, priority })
  }
  const worker = await client.work([job], { concurrency: 1 })
  await worker.idle()
  await client.close()
  expect(order.filter((label) => label.startsWith('a'))).toEqual(['a9', 'a5', 'a1'])
  expect(order.indexOf('b0')).toBeLessThan(3)
})

it('a rate holds, and waits hold no slot', async () => {
  const starts: number[] = []
  let startedBefore = 0
  const limited = defineJob(
    'limited',
    { queue: defineQueue('limited', { rate: { tokens: 10, perMs: 500, burst: 10 } }), input: unchecked<number>() },
    () => void starts.push(performance.now()),
  )
  const free = defineJob('free', { queue: 'free' }, () => void (startedBefore = starts.length))
  const { client, worker } = await working([limited, free], { concurrency: 5 })
  await client.enqueueMany(limited, numbers(30))
  await (await client.enqueue(free)).result()
  await worker.idle()
  expect(startedBefore).toBeLessThan(30)
  expect(starts).toHaveLength(30)
  expect(starts[29]! - starts[0]!).toBeGreaterThan(900)
  expect(worker.running).toBe(0)
})

it('a full queue refuses with FW_QUEUE_FULL, and many at once answer `full` each', async () => {
  const job = defineJob(
    'deep',
    { queue: defineQueue('deep', { depthMax: 3 }), input: unchecked<number>() },
    () => new Promise(() => {}),
  )
  const { client, worker } = await working([job])
  worker.pause()
  const sent = await client.enqueueMany(job, numbers(5))
  expect(sent.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added', 'full', 'full'])
  await expect(client.enqueue(job, 6)).rejects.toMatchObject({ code: 'FW_QUEUE_FULL', retryable: true })
})
