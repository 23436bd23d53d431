import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { folder, job, jobs, open } from '../../test/support/sqlite.ts'
import { done, idsOf } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'
import { sqliteDriver, type SqliteOptions } from './index.ts'

const path = () => join(folder(), 'jobs.db')

describe('options', () => {
  it.each<[Partial<SqliteOptions>, string]>([
    [{ path: '' }, 'path'],
    [{ durability: 'fast' as 'full' }, 'durability'],
    [{ leaseMs: 0 }, 'leaseMs'],
    [{ pollMs: Number.NaN }, 'pollMs'],
    [{ busyTimeoutMs: -1 }, 'busyTimeoutMs'],
  ])('%j is refused, by name', (options, name) => {
    expect(() => sqliteDriver({ path: 'jobs.db', ...options })).toThrow(
      expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(name) as string }),
    )
  })

  it('an option given as undefined was not given', () => {
    const driver = sqliteDriver({
      path: 'jobs.db',
      durability: undefined,
      leaseMs: undefined,
    } as unknown as SqliteOptions)
    expect(driver.traits.durable).toBe('system')
  })

  it('the durability class is what the file is really opened with', async () => {
    const hand = await open(path(), { durability: 'full' })
    expect(hand.driver.traits.durable).toBe('power')
    await hand.add(job('a'))
  })
})

describe('many jobs', () => {
  it('a long list comes in slices, newest first, and its cursor goes on where it stopped', async () => {
    const hand = await open(path())
    for (let i = 0; i < 3; i++) await hand.add(...jobs(600, { tags: [i === 1 ? 'rare' : 'often'] }, `${i}-`))
    const inspector = inspectorOf(hand)
    const first = await inspector.list({ tag: 'rare' }, { limit: 400 })
    expect(first.jobs.length).toBe(400)
    expect(first.jobs[0]?.job.id).toBe('1-000599')
    const second = await inspector.list({ tag: 'rare' }, { limit: 400, cursor: first.cursor! })
    expect(second.jobs.map(({ job: { id } }) => id).at(-1)).toBe('1-000000')
    expect(second.jobs.length).toBe(200)
    expect(second.cursor).toBeUndefined()
  })

  it('closing gives back everything on loan, thousands of jobs', async () => {
    const file = path()
    const [holder, other] = [await open(file), await open(file)]
    for (let i = 0; i < 3; i++) await holder.add(...jobs(900, {}, `${i}-`))
    for (let i = 0; i < 3; i++) await holder.take('q', 900)
    expect((await holder.beat()).held).toBe(2_700)
    await holder.driver.close()
    expect(await other.depth('q')).toMatchObject({ ready: 2_700, running: 0 })
    expect((await other.takeIds('q', 1))[0]).toBe('0-000000')
  })

  it('a body of a megabyte comes back as it was', async () => {
    const hand = await open(path())
    const body = JSON.stringify('é\u2028😀'.repeat(150_000))
    await hand.add(job('big', { body }))
    expect((await hand.takeOne('q')).job.body).toBe(body)
  })

  it('lists and finds jobs of hundreds of groups, and tells the oldest', async () => {
    const hand = await open(path())
    await hand.add(...jobs(1_000).map((one, i) => ({ ...one, group: `g${i % 200}` })))
    const depth = await hand.depth('q')
    expect(depth.ready).toBe(1_000)
    expect(depth.oldestReadyMs).toBeGreaterThanOrEqual(0)
    const peeked = await inspectorOf(hand).peek('q', 300)
    expect(new Set(peeked.map(({ job: { group } }) => group)).size).toBe(200)
    expect(peeked.map(({ job: { id } }) => id).slice(0, 200)).toEqual((await hand.takeIds('q', 800)).slice(0, 200))
  })
})

describe('caps', () => {
  it('count what runs already, from whatever session, when they are set', async () => {
    const file = path()
    const [a, b] = [await open(file), await open(file)]
    await a.add(...jobs(10, { group: 'x' }), ...jobs(10, { group: 'y', queue: 'other' }, 'other-'))
    const loans = await a.take('q', 3)
    await b.take('other', 5)
    await limitsOf(b).set('q', 'groups', { concurrencyMax: 4 }, 1)
    expect(await b.takeIds('q')).toEqual(['job-000003'])
    expect(await b.take('q')).toEqual([])
    await a.settle(loans.slice(0, 2), done)
    expect((await b.take('q')).length).toBe(2)
    await limitsOf(b).set('q', 'groups', {}, 2)
    expect((await b.take('q')).length).toBe(4)
  })

  it('a thousand parked groups do not stand in the way of one that may run', async () => {
    const hand = await open(path())
    await hand.add(...jobs(1_000).map((one, i) => ({ ...one, group: `g${i}` })))
    await limitsOf(hand).set('q', 'groups', { rates: [{ tokens: 1, perMs: 3_600_000, burst: 1 }] }, 1)
    await hand.settle(await hand.take('q', 1_000), done)
    await hand.add(
      ...jobs(1_000, {}, 'again-').map((one, i) => ({ ...one, group: `g${i}` })),
      job('free', { group: 'new' }),
    )
    expect(idsOf((await hand.reserve('q', 1, { waitMs: 1_000 })).jobs)).toEqual(['free'])
    expect(await hand.take('q')).toEqual([])
    expect((await hand.depth('q')).ready).toBe(1_000)
  })
})

it('a file of the release before is given what came since, and its jobs go on', async () => {
  const file = path()
  const before = await open(file)
  await before.add(job('a'))
  await before.settleOne(await before.takeOne('q'), { kind: 'retry', error: 'unknown then' })
  await before.driver.close()
  const raw = new DatabaseSync(file)
  raw.exec('alter table fw_fate drop column failures')
  raw.close()
  const hand = await open(file)
  await hand.settleOne(await hand.takeOne('q'), { kind: 'dead', reason: 'known now' })
  const [record] = await inspectorOf(hand).find(['a'])
  expect(record).toMatchObject({ state: 'dead', attempts: 2, failures: [{ attempt: 2, error: 'known now' }] })
})

it('an enqueue within a transaction that is locked out says so', async () => {
  const file = path()
  const hand = await open(file)
  const [mine, theirs] = [new DatabaseSync(file), new DatabaseSync(file)]
  theirs.exec('begin immediate')
  mine.exec('begin')
  expect(() =>
    sqliteDriver({ path: file })
      .within(mine)
      .enqueue([job('a')]),
  ).toThrow(expect.objectContaining({ code: 'FW_STORE_FAILED', retryable: true }))
  theirs.exec('rollback')
  mine.exec('rollback')
  expect((await hand.depth('q')).ready).toBe(0)
  mine.close()
  theirs.close()
})
