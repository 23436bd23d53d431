import { Kysely, MysqlDialect } from 'kysely'
import { createConnection, type Connection } from 'mysql2/promise'
import { createPool } from 'mysql2'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { job } from '../../test/support/sqlite.ts'
import { type Installation, installation } from '../../test/support/mysql-harness.ts'
import type { OpenTransaction } from '../../src/contract/index.ts'
import { done, type Hand, idsOf } from '../conformance/hand.ts'
import { type MysqlDriver, mysqlDriver } from './index.ts'

interface Shop extends Installation {
  hand: Hand
  driver: MysqlDriver
  tx: Connection
}

async function shop(context: TestContext): Promise<Shop> {
  const at = await installation(context)
  const hand = await at.open()
  const driver = mysqlDriver({ mysql: at.url, prefix: at.prefix })
  const tx = await createConnection(at.url)
  onTestFinished(async () => {
    await tx.end()
    await driver.close()
  })
  return { ...at, hand, driver, tx }
}

const keyed = (key: string) => ({ unique: { key, mode: 'keep' as const } })

describe("jobs inside the user's own transaction", () => {
  it('exist when it commits', async (context) => {
    const { hand, driver, tx } = await shop(context)
    const waiting = hand.reserve('q', 10, { waitMs: 10_000 })
    await tx.beginTransaction()
    const jobs = [job('a', { ...keyed('o1'), group: 'g' }), job('b', { due: { inMs: 60_000 } }), job('é\\\'"')]
    const added = await driver.within(tx).enqueue(jobs)
    expect(added.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'added'])
    expect((await hand.depth('q')).ready).toBe(0)
    await tx.commit()
    const first = (await waiting).jobs
    expect([...idsOf(first), ...(await hand.takeIds('q'))].sort()).toEqual(['a', 'é\\\'"'])
    expect(await hand.depth('q')).toMatchObject({ running: 2, delayed: 1 })
    await tx.beginTransaction()
    expect(await driver.within(tx).enqueue([job('c', keyed('o1')), job('a'), job('d')])).toEqual([
      { outcome: 'duplicate', id: 'a' },
      { outcome: 'duplicate', id: 'a' },
      { outcome: 'added', id: 'd' },
    ])
    await tx.commit()
    expect(await hand.takeIds('q')).toEqual(['d'])
  })

  it('never existed when it rolls back', async (context) => {
    const { hand, driver, tx } = await shop(context)
    await tx.beginTransaction()
    await driver.within(tx).enqueue([job('a', { group: 'new', ...keyed('k') })])
    await tx.rollback()
    expect(await hand.depth('q')).toMatchObject({ ready: 0, delayed: 0 })
    await hand.add(job('a', { group: 'new', ...keyed('k') }))
    expect(await hand.takeIds('q')).toEqual(['a'])
  })

  it('do not hold up the queue while it is open', async (context) => {
    const { hand, driver, tx } = await shop(context)
    await tx.beginTransaction()
    await driver.within(tx).enqueue([job('mine', keyed('k'))])
    await hand.add(job('other'))
    const [loan] = await hand.take('q')
    expect(await hand.settleOne(loan!, done)).toBe('settled')
    // The key is another matter: whether it is free is known when the transaction ends.
    const blocked = hand.enqueue([job('rival', keyed('k'))])
    await tx.commit()
    expect(await blocked).toEqual([{ outcome: 'duplicate', id: 'mine' }])
    expect(await hand.takeIds('q')).toEqual(['mine'])
  })

  it('may be replaced, found, cancelled and counted before a worker has seen them', async (context) => {
    const { hand, driver, tx } = await shop(context)
    const inspector = hand.driver.inspector!
    await tx.beginTransaction()
    await driver.within(tx).enqueue([job('a'), job('b'), job('late', { due: { inMs: 60_000 } })])
    await tx.commit()
    expect(await hand.depth('q')).toMatchObject({ ready: 2, delayed: 1 })
    expect(await inspector.cancel(['a'])).toEqual(['cancelled'])
    expect(await inspector.retry(['late'])).toEqual(['waiting'])
    expect(await hand.depth('q')).toMatchObject({ ready: 2, delayed: 0, cancelled: 1 })
    expect((await hand.takeIds('q')).sort()).toEqual(['b', 'late'])
  })

  it('replace a waiting job, and stop at depthMax, under the lock of the queue', async (context) => {
    const { hand, driver, tx } = await shop(context)
    await hand.add(job('old', { unique: { key: 'k', mode: 'replace' } }))
    await hand.driver.limits!.set('q', 'queue', { depthMax: 2 }, 1)
    await tx.beginTransaction()
    const added = await driver
      .within(tx)
      .enqueue([job('new', { unique: { key: 'k', mode: 'replace' } }), job('x'), job('y')])
    expect(added.map(({ outcome }) => outcome)).toEqual(['replaced', 'added', 'full'])
    await tx.commit()
    expect(await hand.takeIds('q')).toEqual(['new', 'x'])
  })

  it("of Kysely's transaction too", async (context) => {
    const { hand, driver, url } = await shop(context)
    const db = new Kysely<object>({ dialect: new MysqlDialect({ pool: createPool(url) }) })
    onTestFinished(() => db.destroy())
    await db.transaction().execute(async (trx) => {
      expect(await driver.within(trx).enqueue([job('a', keyed('k'))])).toEqual([{ outcome: 'added', id: 'a' }])
      expect(await driver.within(trx).enqueue([job('b', keyed('k'))])).toEqual([{ outcome: 'duplicate', id: 'a' }])
    })
    expect(await hand.takeIds('q')).toEqual(['a'])
  })

  it('are refused where they would be in no transaction, or in another database', async (context) => {
    const { driver, tx } = await shop(context)
    await expect(driver.within(tx).enqueue([job('a')])).rejects.toMatchObject({ code: 'FW_CONFIG_INVALID' })
    await tx.query('use information_schema')
    await tx.beginTransaction()
    await expect(driver.within(tx).enqueue([job('a')])).rejects.toThrow(/information_schema/)
    await tx.rollback()
    expect(() => driver.within({} as never)).toThrow(/neither/)
  })
})

/** A transaction of mysql2 as `Db` shows it to drivers. */
function shown(tx: Connection, place: string, committed: (() => Promise<void>)[]): OpenTransaction {
  return {
    dialect: 'mysql',
    place,
    query: async (sql, params = []) => {
      const [rows] = await tx.query(sql, [...params])
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : []
    },
    alone: async (work) => work(tx),
    afterCommit: (run) => void committed.push(run),
  }
}

const placeOf = (url: string): string => `${new URL(url).hostname}:${new URL(url).port || 3306}${new URL(url).pathname}`

describe('a transaction of Db', () => {
  it('is joined in the same database, and in no other', async (context) => {
    const { hand, tx, url } = await shop(context)
    const driver = hand.driver
    const committed: (() => Promise<void>)[] = []
    expect(driver.join!(shown(tx, 'elsewhere:3306/test', committed))).toBeUndefined()
    const waiting = hand.reserve('q', 10, { waitMs: 10_000 })
    await tx.beginTransaction()
    const enqueue = driver.join!(shown(tx, placeOf(url), committed))!
    expect(await enqueue([job('a')])).toEqual([{ outcome: 'added', id: 'a' }])
    await tx.commit()
    for (const run of committed) await run()
    expect(idsOf((await waiting).jobs)).toEqual(['a'])
  })

  it('settles: the verdict holds when it commits, and a stale one changes nothing', async (context) => {
    const { hand, tx, url } = await shop(context)
    await hand.add(job('a', keyed('k')), job('b'))
    const [a, b] = await hand.take('q')
    const settle = hand.driver.settleIn!(shown(tx, placeOf(url), []))!
    const verdict = {
      kind: 'done',
      result: '"r"',
      keep: { count: 10, ageMs: 60_000 },
      followUps: [job('next')],
    } as const
    const items = [{ receipt: a!.receipt, verdict: { ...verdict, followUps: [...verdict.followUps] } }]

    await tx.query('set session transaction isolation level repeatable read')
    await tx.beginTransaction()
    await tx.query('select 1 from dual')
    expect(await settle(items)).toEqual([{ outcome: 'settled', followUps: [{ outcome: 'added', id: 'next' }] }])
    await tx.rollback()
    expect(await hand.depth('q')).toMatchObject({ running: 2, done: 0, ready: 0 })

    await tx.beginTransaction()
    expect(await settle([...items, ...items])).toEqual([
      { outcome: 'settled', followUps: [{ outcome: 'added', id: 'next' }] },
      { outcome: 'stale' },
    ])
    await tx.commit()
    expect(await hand.depth('q')).toMatchObject({ running: 1, done: 1, ready: 1 })
    expect((await hand.driver.inspector!.find(['a']))[0]).toMatchObject({ state: 'done', result: '"r"' })

    expect(await hand.settleOne(b!, done)).toBe('settled')
    await tx.beginTransaction()
    expect(await settle([{ receipt: b!.receipt, verdict: { kind: 'done' } }])).toEqual([{ outcome: 'stale' }])
    await tx.rollback()
  })
})
