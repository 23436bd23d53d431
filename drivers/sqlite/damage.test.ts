import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { folder, job, jobs, open } from '../../test/support/sqlite.ts'
import { done, type Hand, idsOf } from '../conformance/hand.ts'
import { inspectorOf, limitsOf } from '../conformance/law.ts'
import type { JobFilter } from '../../src/contract/index.ts'

/** Somebody else's hands in the file. */
function meddle(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

async function audit(hand: Hand): Promise<number> {
  let [repaired, cursor] = [0, undefined as string | undefined]
  do {
    const piece = await inspectorOf(hand).audit(cursor)
    repaired += piece.repaired
    cursor = piece.cursor
  } while (cursor !== undefined)
  return repaired
}

it('a job whose row is gone is told as broken, and those behind it are given out', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await hand.add(...jobs(5))
  meddle(path, "delete from fw_job where id = 'job-000001'")
  const { jobs: loans, broken } = await hand.reserve('q', 3)
  expect(idsOf(loans)).toEqual(['job-000000', 'job-000002', 'job-000003'])
  expect(broken.length).toBe(1)
  expect(await hand.takeIds('q')).toEqual(['job-000004'])
  expect(await hand.depth('q')).toMatchObject({ ready: 0, running: 4 })
  await hand.settle(loans, done)
  expect(await audit(hand)).toBe(0)
})

it('the audit rebuilds places, loans and counters from the jobs themselves', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await limitsOf(hand).set('q', 'groups', { concurrencyMax: 50 }, 1)
  await hand.add(...jobs(600, { group: 'a' }), ...jobs(10, { due: { inMs: 60_000 } }, 'late-'))
  const loans = await hand.take('q', 20)
  meddle(
    path,
    `delete from fw_ready where n in (select n from fw_ready order by n limit 5);
     insert into fw_ready values (1, 5, 1, 999999, 0, 0, 0);
     delete from fw_delayed where n in (select n from fw_delayed order by n limit 3);
     insert into fw_delayed values (1, 5, 999999, 1, 5, 0, 0);
     update fw_loan set open = 99;
     update fw_line set ready = 7, running = 3, place = 0;
     update fw_queue set ready = 1, delayed = 2, running = 3, done = 4`,
  )
  expect(await audit(hand)).toBeGreaterThan(8)
  expect(await audit(hand)).toBe(0)
  expect(await hand.depth('q')).toMatchObject({ ready: 580, delayed: 10, running: 20, done: 0 })
  expect((await hand.beat()).held).toBe(20)
  await hand.settle(loans, done)
  expect((await hand.take('q', 1_000)).length).toBe(50)
})

it('a running job whose loan is gone goes back to its queue', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await hand.add(job('a'))
  const [loan] = await hand.take('q')
  meddle(path, 'delete from fw_loan')
  expect(await hand.settleOne(loan!, done)).toBe('stale')
  expect(await audit(hand)).toBeGreaterThan(0)
  const [again] = await hand.take('q')
  expect([again?.job.id, again?.attempts]).toEqual(['a', 1])
})

it('a counter that drifted puts itself right when the line runs dry', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await hand.add(...jobs(3))
  meddle(path, 'update fw_line set ready = 50; update fw_queue set ready = 50')
  expect((await hand.take('q')).length).toBe(3)
  expect(await hand.take('q')).toEqual([])
  expect(await hand.depth('q')).toMatchObject({ ready: 0, running: 3 })
})

/** More than a number of ours can hold; node:sqlite refuses to hand such a row out. */
const huge = 2n ** 60n

it.each([
  ['fw_job', 'at', {}],
  ['fw_job', 'rank', {}],
  ['fw_job', 'due', { states: ['ready', 'delayed'] }],
  ['fw_fate', 'attempts', { states: ['dead'] }],
  ['fw_fate', 'started', { states: ['dead'], errorText: 'no' }],
  ['fw_fate', 'settled', {}],
  ['fw_fate', 'due', {}],
  ['fw_fate', 'state', {}],
] as [string, string, JobFilter][])(
  'a number that is too large in %s.%s breaks that job alone: the others are listed, and it is told as broken',
  async (table, column, filter) => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    await hand.add(...jobs(6))
    if (table === 'fw_fate') await hand.settle(await hand.take('q', 6), { kind: 'dead', reason: 'no' })
    meddle(path, `update ${table} set ${column} = ${huge} where n = (select n from fw_job where id = 'job-000003')`)
    const inspector = inspectorOf(hand)
    for (const where of [filter, { ...filter, queue: 'q' }]) {
      const first = await inspector.list(where, { limit: 3 })
      const rest = await inspector.list(where, { limit: 10, cursor: first.cursor! })
      const told = [...first.jobs, ...rest.jobs].map(({ job: { id } }) => id)
      expect(told).toEqual(['job-000005', 'job-000004', 'job-000002', 'job-000001', 'job-000000'])
      expect([...(first.broken ?? []), ...(rest.broken ?? [])]).toEqual(['job-000003'])
    }
    await expect(inspector.find(['job-000003'])).rejects.toMatchObject({
      code: 'FW_STORE_CORRUPT',
      message: expect.stringContaining('job-000003') as string,
    })
    expect((await inspector.find(['job-000002']))[0]?.job.id).toBe('job-000002')
    expect(await inspector.queues()).toEqual(['q'])
    await hand.depth('q')
    expect(await inspector.peek('q', 10)).not.toContain(undefined)
    expect(await inspector.remove(['job-000003'])).toEqual(['removed'])
    expect(await inspector.list(filter, { limit: 10 })).not.toHaveProperty('broken')
  },
)

it('what is no text where a text has to be, and failures that are none, break their job alone', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await hand.add(...jobs(4))
  await hand.settle(await hand.take('q', 4), { kind: 'dead', reason: 'no' })
  meddle(
    path,
    `update fw_job set name = 7 where id = 'job-000001';
     update fw_fate set failures = 'none' where n = (select n from fw_job where id = 'job-000002');
     update fw_job set id = 7 where id = 'job-000003'`,
  )
  for (const filter of [{}, { name: 'work' }, { states: ['dead'], queue: 'q' }] as JobFilter[]) {
    const { jobs: told, broken } = await inspectorOf(hand).list(filter, { limit: 10 })
    expect(told.map(({ job: { id } }) => id)).toEqual(['job-000000'])
    expect(broken).toEqual(expect.arrayContaining(['7', 'job-000002']))
  }
})

it('numbers that are too large elsewhere hold up no question about the whole', async () => {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  await hand.add(...jobs(3))
  const inspector = inspectorOf(hand)
  meddle(path, `update fw_queue set dead = ${huge}, revision = ${huge}; update fw_session set opened = ${huge}`)
  expect((await inspector.list({ states: ['ready'] }, { limit: 10 })).jobs).toHaveLength(3)
  expect(await inspector.sessions()).toHaveLength(1)
  expect(await inspector.queues()).toEqual(['q'])
  expect(await hand.depth('q')).toMatchObject({ ready: 3 })
})
