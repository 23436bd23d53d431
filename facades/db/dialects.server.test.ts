import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { failsWith, idsOf, ownDb, ownTable, sharedServer } from '../../test/support/db.ts'
import { heard, inJob, working } from '../../test/support/work.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { createDb, defineJob, unchecked } from '../../src/index.ts'

const postgres = await sharedServer('postgres')
const mysql = await sharedServer('mysql')

describe.skipIf(postgres === undefined)('Postgres (needs a server)', () => {
  it('a transaction in which a statement has failed does not pretend to have committed', async () => {
    const db = ownDb(postgres!)
    const table = await ownTable(postgres!, db)
    const failing = db.transaction(async () => {
      await db.run(`insert into ${table} values (1, 'x')`)
      await db.query('select nope').catch(() => {})
    })
    await expect(failing).rejects.toThrow(/cannot commit/)
    await db.transaction(async () => {
      await db.run(`insert into ${table} values (2, 'x')`)
      await db.transaction(() => db.query('select nope')).catch(() => {})
    })
    expect(await idsOf(db, table)).toEqual([2])
  })

  it('prepares what is run again, under a name, and not what is run once', async () => {
    const db = ownDb(postgres!, { poolMax: 1 })
    const names = () => db.query<{ statement: string }>('select statement from pg_prepared_statements')
    for (let n = 0; n < 3; n++) await db.query('select $1::int as again', [n])
    await db.query('select $1::int as once', [1])
    await db.query('select $1::int as never', [1], { prepare: false })
    await db.query('select $1::int as never', [1], { prepare: false })
    expect((await names()).map(({ statement }) => statement)).toEqual(['select $1::int as again'])
    // A reset takes them away on the server, and here.
    await db.query('set statement_timeout = 0')
    expect(await names()).toEqual([])
    expect(await db.query('select $1::int as again', [7])).toEqual([{ again: 7 }])
  })

  it('a table that was changed under a prepared statement can be read, in a transaction at the next try', async () => {
    const db = ownDb(postgres!, { poolMax: 1 })
    const table = await ownTable(postgres!, db)
    const all = () => db.query(`select * from ${table} where id > $1`, [0])
    for (let n = 0; n < 3; n++) await all()
    await db.run(`alter table ${table} add column more int`)
    expect(await all()).toEqual([])
    for (let n = 0; n < 2; n++) await all()
    await db.run(`alter table ${table} add column most int`)
    await expect(db.transaction(all)).rejects.toMatchObject({ code: 'FW_DB_CONFLICT', retryable: true })
    expect(await db.transaction(all)).toEqual([])
  })

  it('a serialization failure is a conflict, told at the commit too', async () => {
    const db = ownDb(postgres!)
    const table = await ownTable(postgres!, db)
    await db.run(`insert into ${table} values (1, '0')`)
    const options = { isolation: 'serializable', retries: 10 } as const
    const increment = () =>
      db.transaction(async () => {
        const [row] = await db.query<{ name: string }>(`select name from ${table} where id = 1`)
        await db.run(`update ${table} set name = $1 where id = 1`, [String(Number(row!.name) + 1)])
      }, options)
    await Promise.all([increment(), increment(), increment()])
    expect(await db.query(`select name from ${table}`)).toEqual([{ name: '3' }])
  })

  it('a commit that a constraint forbids is a failure, and undone', async () => {
    const db = ownDb(postgres!)
    const table = await ownTable(postgres!, db)
    await db.run(`alter table ${table} add constraint ${table}_u unique (name) deferrable initially deferred`)
    const failing = db.transaction(async () => {
      await db.run(`insert into ${table} values (1, 'x'), (2, 'x')`)
    })
    await expect(failing).rejects.toMatchObject({ code: 'FW_DB_FAILED', driverCode: '23505' })
    expect(await idsOf(db, table)).toEqual([])
  })
})

describe.skipIf(mysql === undefined)('MySQL (needs a server)', () => {
  it('a statement that commits by itself ends the transaction, and says so', async () => {
    const db = ownDb(mysql!)
    const table = await ownTable(mysql!, db)
    const failing = db.transaction(async () => {
      await db.run(`insert into ${table} values (1, 'x')`)
      await db.run(`alter table ${table} add column more int`)
      await db.run(`insert into ${table} values (2, 'x', 1)`)
    })
    await expect(failing).rejects.toThrow(/commits by itself/)
    expect(await idsOf(db, table)).toEqual([1])
  })

  it('keeps numbers that JavaScript has not, and takes what cannot be prepared', async () => {
    const db = ownDb(mysql!)
    expect(await db.query('select 9007199254740993 as big, ? as small', [7])).toEqual([
      { big: '9007199254740993', small: 7 },
    ])
    expect(await db.query('select ? as nothing', [undefined])).toEqual([{ nothing: null }])
    expect((await db.run('flush status')).rows).toEqual([])
    expect(await db.selectFrom('information_schema.tables').select('TABLE_NAME').limit(1).execute()).toHaveLength(1)
  })

  it('a stream in a transaction has the connection to itself', async () => {
    const db = ownDb(mysql!)
    await db.transaction(async () => {
      const reading = async () => {
        for await (const _ of db.stream('select 1 union select 2 union select 3', [], { rowsMax: 1 })) {
          await db.query('select 4')
        }
      }
      await expect(reading()).rejects.toThrow(/a stream is being read/)
      expect(await db.query('select 5 as n')).toEqual([{ n: 5 }])
    })
  })
})

describe.skipIf(postgres === undefined || mysql === undefined)('both servers (needs both)', () => {
  it('each connection has transactions of its own', async () => {
    const [p, m] = [postgres!, mysql!]
    const db = createDb({ connections: { default: p.url, other: m.url } })
    const [here, there] = [await ownTable(p, ownDb(p)), await ownTable(m, ownDb(m))]
    const undone = db.transaction(async () => {
      await db.run(`insert into ${here} values (1, 'x')`)
      await db.on('other').run(`insert into ${there} values (1, 'x')`)
      await db.transaction(
        async (tx) => {
          expect(carriedTransactions().map(({ dialect }) => dialect)).toEqual(['mysql', 'postgres'])
          await tx.run(`insert into ${there} values (2, 'x')`)
          await db.on('other').insertInto(there).values({ id: 3 }).execute()
          await db.run(`insert into ${here} values (4, 'x')`)
        },
        { connection: 'other' },
      )
      throw new Error('back')
    })
    await expect(undone).rejects.toThrow('back')
    expect(await idsOf(db, here)).toEqual([])
    expect(await idsOf(db.on('other'), there)).toEqual([1, 2, 3])
    const built = db.selectFrom(here).selectAll()
    await expect(db.on('nope').query('select 1')).rejects.toMatchObject(failsWith('FW_CONFIG_INVALID'))
    expect(await built.execute()).toEqual([])
    await db.close()
  })

  it('tenants have their own, in turns of a bounded number of pools', async () => {
    const urls: Record<string, string> = { a: postgres!.url, b: mysql!.url, c: `${mysql!.url}?charset=utf8mb4` }
    const ended = heard('db.ended')
    const db = createDb({
      connections: { default: postgres!.url, reports: mysql!.url },
      tenant: (tenant) => (tenant === 'r' ? 'reports' : urls[tenant]),
      tenantPoolsMax: 2,
      tenantPoolMax: 1,
    })
    for (const tenant of ['a', 'b', 'c', 'a', 'r', 'x']) await inJob(() => db.query('select 1'), { tenant })
    await db.query('select 1')
    expect(ended.map(({ connection }) => connection)).toEqual([
      'tenant a',
      'tenant b',
      'tenant c',
      'tenant a',
      'reports',
      'default',
      'default',
    ])
    const options = { input: unchecked<string>(), tenant: (of: string) => of, attempts: 1 }
    const crowded = defineJob('crowded', options, () => db.transaction(() => sleep(100)))
    const { client } = await working([crowded])
    const sent = await client.enqueueMany(crowded, ['a', 'b', 'c'])
    const outcomes = await Promise.allSettled(sent.map((job) => job.result()))
    const failed = outcomes.filter(({ status }) => status === 'rejected')
    expect(failed.map((one) => String((one as PromiseRejectedResult).reason))).toEqual([
      expect.stringMatching(/all 2 pools of tenants are in use/),
    ])
    await db.close()
  })
})
