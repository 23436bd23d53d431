import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Child, folder, job, open } from '../../test/support/sqlite.ts'
import { idsOf } from '../conformance/hand.ts'
import { sqliteDriver } from './index.ts'

async function shop() {
  const path = join(folder(), 'jobs.db')
  const hand = await open(path)
  const driver = sqliteDriver({ path })
  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  db.exec('create table orders (id text)')
  return { path, hand, driver, db }
}

describe("jobs inside the user's own transaction", () => {
  it('exist when it commits, and wake who waits', async () => {
    const { hand, driver, db } = await shop()
    const waiting = hand.reserve('q', 10, { waitMs: 5_000 })
    db.exec('begin immediate')
    db.exec("insert into orders values ('o1')")
    const jobs = [job('a', { unique: { key: 'o1', mode: 'keep' }, group: 'g' }), job('b', { due: { inMs: 60_000 } })]
    expect(
      driver
        .within(db)
        .enqueue(jobs)
        .map(({ outcome }) => outcome),
    ).toEqual(['added', 'added'])
    expect((await hand.depth('q')).ready).toBe(0)
    db.exec('commit')
    expect(idsOf((await waiting).jobs)).toEqual(['a'])
    expect(await hand.depth('q')).toMatchObject({ running: 1, delayed: 1 })
    db.exec('begin immediate')
    const again = driver.within(db).enqueue([job('c', { unique: { key: 'o1', mode: 'keep' } }), job('d')])
    expect(again).toEqual([
      { outcome: 'duplicate', id: 'a' },
      { outcome: 'added', id: 'd' },
    ])
    db.exec('commit')
    expect(await hand.takeIds('q')).toEqual(['d'])
  })

  it('never existed when it rolls back, nor does what they brought into being', async () => {
    const { hand, driver, db } = await shop()
    db.exec('begin immediate')
    driver.within(db).enqueue([job('a', { group: 'new', unique: { key: 'k', mode: 'keep' } })])
    db.exec('rollback')
    expect(await hand.depth('q')).toMatchObject({ ready: 0, delayed: 0 })
    expect(await hand.take('q')).toEqual([])
    await hand.add(job('a', { group: 'new', unique: { key: 'k', mode: 'keep' } }))
    expect(await hand.takeIds('q')).toEqual(['a'])
  })

  it('never existed when the process is killed before it commits', async () => {
    const { path, hand } = await shop()
    const child = new Child(
      path,
      `const db = new DatabaseSync(path)
       db.exec('begin immediate')
       db.exec("insert into orders values ('o1')")
       driver.within(db).enqueue([job('kept')])
       db.exec('commit; begin immediate')
       db.exec("insert into orders values ('o2')")
       driver.within(db).enqueue([job('never')])
       say('in the middle')
       await sleep(60_000)`,
    )
    await child.next()
    await child.kill()
    expect(await hand.takeIds('q')).toEqual(['kept'])
    const db = new DatabaseSync(path)
    expect(db.prepare('select id from orders').all()).toEqual([{ id: 'o1' }])
    db.close()
  })

  it('need an open transaction, on the same file', async () => {
    const { driver, db } = await shop()
    expect(() => driver.within(db).enqueue([job('a')])).toThrow(expect.objectContaining({ code: 'FW_CONFIG_INVALID' }))
    const other = new DatabaseSync(join(folder(), 'other.db'))
    other.exec('begin immediate')
    expect(() => driver.within(other).enqueue([job('a')])).toThrow(
      expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining('other.db') as string }),
    )
    other.close()
  })

  it('take what looks like a transaction: rows as objects, counts as bigint', async () => {
    const { hand, driver, db } = await shop()
    db.exec('begin immediate')
    const lookalike = {
      prepare(sql: string) {
        const statement = db.prepare(sql)
        statement.setReadBigInts(true)
        return statement
      },
    }
    expect(driver.within(lookalike).enqueue([job('a')])).toEqual([{ outcome: 'added', id: 'a' }])
    db.exec('commit')
    expect(await hand.takeIds('q')).toEqual(['a'])
  })
})
