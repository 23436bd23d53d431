import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { folder, job, jobs, open } from '../../test/support/sqlite.ts'
import type { Hand } from '../conformance/hand.ts'
import { inspectorOf } from '../conformance/law.ts'
import type { Verdict } from '../../src/contract/index.ts'
import { ranges } from './history.ts'

const keep = (count: number, ageMs = 60_000): Verdict => ({ kind: 'done', keep: { count, ageMs } })

async function work(hand: Hand, ids: string[], verdict: Verdict): Promise<void> {
  await hand.add(...ids.map((id) => job(id)))
  await hand.settle(await hand.take('q', ids.length), verdict)
}

const kept = async (hand: Hand): Promise<string[]> =>
  (await inspectorOf(hand).list({ states: ['done'] }, { limit: 1_000 })).jobs.map(({ job: { id } }) => id)

describe('done jobs are kept, and trimmed', () => {
  it('by count, to the very job, oldest settled first', async () => {
    const hand = await open(join(folder(), 'jobs.db'))
    await work(hand, ['a', 'b', 'c', 'd', 'e'], keep(3))
    expect(await kept(hand)).toEqual(['e', 'd', 'c'])
    await work(hand, ['f'], keep(3))
    expect(await kept(hand)).toEqual(['f', 'e', 'd'])
    await work(hand, ['g', 'h', 'i', 'j'], keep(3))
    expect(await kept(hand)).toEqual(['j', 'i', 'h'])
    expect((await hand.depth('q')).done).toBe(3)
  })

  it('by age, with the next settle', async () => {
    const hand = await open(join(folder(), 'jobs.db'))
    await work(hand, ['a', 'b'], keep(100, 50))
    await sleep(80)
    await work(hand, ['c'], keep(100, 50))
    expect(await kept(hand)).toEqual(['c'])
  })

  it('a job that ran again is kept by its last settle, not trimmed by its first', async () => {
    const hand = await open(join(folder(), 'jobs.db'))
    await work(hand, ['a', 'b'], keep(10))
    await inspectorOf(hand).retry(['a'])
    await hand.settle(await hand.take('q', 1), keep(10))
    await work(hand, ['c'], keep(2))
    expect(await kept(hand)).toEqual(['c', 'a'])
    await inspectorOf(hand).remove(['a'])
    await work(hand, ['d'], keep(2))
    expect(await kept(hand)).toEqual(['d', 'c'])
    expect((await hand.depth('q')).done).toBe(2)
  })

  it('a long history shrinks by and by, a bounded piece a settle', async () => {
    const hand = await open(join(folder(), 'jobs.db'))
    await work(
      hand,
      jobs(1_000).map(({ id }) => id),
      keep(10_000),
    )
    const sizes: number[] = []
    for (let i = 0; i < 5; i++) {
      await work(hand, [`later-${i}`], keep(3))
      sizes.push((await hand.depth('q')).done)
    }
    expect(sizes).toEqual([750, 500, 250, 3, 3])
  })

  it('nothing is left of what was trimmed or dropped', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    await work(hand, ['a', 'b', 'c'], { kind: 'done' })
    await work(hand, ['d', 'e', 'f'], keep(1))
    const db = new DatabaseSync(path)
    const rows = (table: string) => db.prepare(`select count(*) as rows from ${table}`).get()?.['rows']
    expect(['fw_job', 'fw_fate', 'fw_ready', 'fw_loan', 'fw_kept'].map(rows)).toEqual([1, 1, 0, 0, 1])
    db.close()
  })

  it('numbers in ranges', () => {
    expect(ranges(Float64Array.of(1, 2, 3, 7, 9, 10))).toEqual([
      [1, 3],
      [7, 7],
      [9, 10],
    ])
    expect(ranges(new Float64Array())).toEqual([])
  })
})

describe('the last error of a done job', () => {
  const failThenDone = async (hand: Hand): Promise<void> => {
    await hand.settle(await hand.take('q', 1), { kind: 'retry', error: 'no luck' })
    await hand.settle(await hand.take('q', 1), { kind: 'done', result: '"luck"', keep: { count: 10, ageMs: 60_000 } })
  }
  const told = async (hand: Hand): Promise<unknown[]> => {
    const [record] = await inspectorOf(hand).find(['a'])
    return [record?.state, record?.error, record?.result]
  }

  it('does not make it one of those that failed, and is gone when it starts over', async () => {
    const hand = await open(join(folder(), 'jobs.db'))
    await hand.add(job('a'))
    await failThenDone(hand)
    expect((await inspectorOf(hand).list({ errorText: 'luck' }, { limit: 10 })).jobs).toEqual([])
    await inspectorOf(hand).retry(['a'])
    expect(await told(hand)).toEqual(['ready', undefined, undefined])
    await hand.settle(await hand.take('q', 1), keep(10))
    expect(await told(hand)).toEqual(['done', undefined, undefined])
  })

  it('is kept from then on in the file of a release that had no place for it', async () => {
    const path = join(folder(), 'jobs.db')
    const before = await open(path)
    await before.add(job('a'))
    await before.driver.close()
    const db = new DatabaseSync(path)
    db.exec('alter table fw_fate drop column error; drop table fw_keep; drop table fw_term')
    db.close()
    const hand = await open(path)
    await failThenDone(hand)
    expect(await told(hand)).toEqual(['done', 'no luck', '"luck"'])
  })
})

describe('what is too old is tidied away by the sweep', () => {
  it('records whose time is over, unless a release without terms has written over them', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path)
    await hand.driver.ledger!.write(['a', 'b'].map((key) => ({ key, value: 'x', forMs: 20 })))
    const db = new DatabaseSync(path)
    db.exec("update fw_ledger set value = 'new', version = 99999 where key = 'b'")
    await sleep(40)
    await hand.driver.sweep(100)
    const count = (table: string) => db.prepare(`select count(*) as n from ${table}`).get()!['n']
    expect([count('fw_ledger'), count('fw_term')]).toEqual([1, 0])
    db.close()
    expect((await hand.driver.ledger!.read(['b']))[0]?.value).toBe('new')
  })

  it('failures, keys whose time is over, and ended sessions', async () => {
    const path = join(folder(), 'jobs.db')
    const hand = await open(path, { deadAgeMs: 50 })
    await work(hand, ['a'], { kind: 'dead', reason: 'no' })
    await hand.add(job('b', { unique: { key: 'k', mode: 'keep', forMs: 30 } }))
    const gone = await open(path)
    await gone.add(job('c'))
    await gone.driver.close()
    const db = new DatabaseSync(path)
    db.exec('update fw_session set lease_until = lease_until - 7200000, opened = 0 where state = 2')
    db.exec('update fw_call set at = at - 7200000')
    await sleep(80)
    expect(await hand.driver.sweep(100)).toEqual({ taken: 0, more: false })
    const rows = (table: string) => db.prepare(`select count(*) as rows from ${table}`).get()?.['rows']
    expect([rows('fw_key'), rows('fw_session')]).toEqual([0, 1])
    expect(await hand.depth('q')).toMatchObject({ dead: 0, ready: 2 })
    expect(await inspectorOf(hand).find(['a'])).toEqual([undefined])
    db.close()
  })
})
