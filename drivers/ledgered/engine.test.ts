import { describe, expect, it, vi } from 'vitest'
import { bareClient } from '../../test/support/ledgered.ts'
import { defineJob, defineQueue, unchecked } from '../../src/index.ts'

const echo = defineJob('echo', { input: unchecked<number>() }, async (n) => n * 2)

describe('the real engine on a broker with a ledger', () => {
  it('unique keys, ids, status and results', async () => {
    const { client, other } = await bareClient()
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
    expect((await client.list({ states: ['done'] })).jobs).toHaveLength(1)
  })

  it('a waiting job is cancelled, a running one told; a dead one starts over', async () => {
    const { client, other } = await bareClient()
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
    await client.work([slow, broken], { beatMs: 20 })
    await vi.waitFor(async () => expect((await runs.status())?.state).toBe('running'))
    expect(await other.cancel([runs.id])).toEqual(['cancelling'])
    await expect(runs.result()).rejects.toMatchObject({ code: 'FW_JOB_CANCELLED' })
    await expect(dies.result()).rejects.toMatchObject({
      code: 'FW_JOB_DEAD',
      message: expect.stringContaining('not yet') as string,
    })
    isFixed = true
    expect(await other.retry([dies.id])).toEqual(['retried'])
    await vi.waitFor(async () => expect(await dies.status()).toMatchObject({ state: 'done', result: '"at last"' }))
  })

  it('a paused queue gives nothing to any worker until it is resumed', async () => {
    const { client, other } = await bareClient()
    await client.work([echo])
    await other.pause('default')
    expect((await client.depth(['default']))[0]).toMatchObject({ paused: true })
    const sent = await client.enqueue(echo, 21)
    await expect(sent.result({ timeoutMs: 150 })).rejects.toMatchObject({ code: 'FW_RESULT_TIMEOUT' })
    await other.resume('default')
    expect(await sent.result()).toBe(42)
    expect(await client.queues()).toEqual(['default'])
  })

  it('limits of a queue bind two workers together: no more at once, no faster', async () => {
    const { client, other } = await bareClient()
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
    const workers = [await client.work([job]), await other.work([job])]
    await workers[0]!.idle()
    expect(startedAtMs).toHaveLength(40)
    expect(most).toBe(3)
    expect(startedAtMs.at(-1)! - startedAtMs[0]!).toBeGreaterThan(330)
  })

  it('hundreds of jobs over two workers: each runs once', async () => {
    const { client, other } = await bareClient()
    const ran = new Map<number, number>()
    const count = defineJob('count', { input: unchecked<number>() }, (n) => void ran.set(n, (ran.get(n) ?? 0) + 1))
    await client.enqueueMany(
      count,
      Array.from({ length: 1_200 }, (_, n) => n),
    )
    const workers = [await client.work([count], { concurrency: 50 }), await other.work([count], { concurrency: 50 })]
    await workers[0]!.idle()
    await workers[1]!.idle()
    expect(ran.size).toBe(1_200)
    expect([...ran.values()].every((times) => times === 1)).toBe(true)
    expect((await client.depth(['default']))[0]).toMatchObject({ ready: 0, running: 0, done: 1_200 })
  })
})

describe('without a ledger a broker refuses, naming the trait', () => {
  const refused = (trait: string) =>
    expect.objectContaining({
      code: 'FW_DRIVER_TRAIT',
      message: expect.stringMatching(`\`${trait}\`.*Give connect a \`ledger\``) as string,
    })

  it('at the first enqueue: unique keys', async () => {
    const { client } = await bareClient({ ledger: false })
    await expect(client.enqueue(echo, 1, { unique: 'k' })).rejects.toThrow(refused('unique'))
  })

  it.each([
    ['unique keys of a definition', defineJob('a', { unique: 'k' }, () => {}), 'unique'],
    ['results', defineJob('b', { keep: { count: 1, ageMs: 1_000 } }, () => {}), 'history'],
    ['limits', defineJob('c', { queue: defineQueue('limited', { concurrencyMax: 1 }) }, () => {}), 'limits'],
  ])('at the start of a worker: %s', async (_, job, trait) => {
    const { client } = await bareClient({ ledger: false })
    await expect(client.work([job])).rejects.toThrow(refused(trait))
  })

  it('what asks for single jobs: status, result, cancel, retry, pause, lists', async () => {
    const { client } = await bareClient({ ledger: false })
    const sent = await client.enqueue(echo, 1)
    const asks = [
      () => sent.status(),
      () => sent.result(),
      () => sent.cancel(),
      () => client.retry([sent.id]),
      () => client.pause('default'),
      () => client.list(),
      () => client.queues(),
    ]
    for (const ask of asks) await expect(async () => ask()).rejects.toThrow(refused('inspector'))
    await expect(async () => client.limits('default')).rejects.toThrow(refused('limits'))
  })

  it('and what it can do works', async () => {
    const { client } = await bareClient({ ledger: false })
    let ran = 0
    const plain = defineJob('plain', {}, () => void ran++)
    await client.enqueue(plain, undefined, { delayMs: 20 })
    const worker = await client.work([plain])
    await worker.idle({ delayed: true })
    expect(ran).toBe(1)
  })
})

it('fair groups nobody can give a broker: its worker refuses them, with a ledger too', async () => {
  const { client } = await bareClient()
  const grouped = defineJob('grouped', { group: 'g' }, () => {})
  await expect(client.work([grouped])).rejects.toMatchObject({
    code: 'FW_DRIVER_TRAIT',
    message: expect.stringContaining('`groups`') as string,
  })
  const capped = defineJob('capped', { queue: defineQueue('capped', { groupConcurrencyMax: 1 }) }, () => {})
  await expect(client.work([capped])).rejects.toMatchObject({
    code: 'FW_DRIVER_TRAIT',
    message: expect.stringContaining('`groups`') as string,
  })
})
