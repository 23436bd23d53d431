import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { current, maybeCurrent } from '../../src/index.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { dbJobLaws } from './db-job-laws.ts'
import { dbPoolLaws } from './db-pool-laws.ts'
import { failsWith, idsOf, ownDb, ownTable, type TestDatabase } from './db.ts'
import { gate, heard, inJob } from './work.ts'

/** What holds of every database. */
export function dbLaws(at: () => TestDatabase): void {
  describe('statements', () => {
    it('answer rows, and what they changed', async () => {
      const db = ownDb(at())
      const { p } = at()
      const table = await ownTable(at(), db)
      const insert = `insert into ${table} values (${p(1)}, ${p(2)})`
      for (let id = 1; id <= 3; id++) expect((await db.run(insert, [id, `ü${id}`])).affected).toBe(1)
      expect((await db.run(insert, [4, null])).rows).toEqual([])
      expect(await db.query(`select id, name from ${table} where id > ${p(1)} order by id`, [2])).toEqual([
        { id: 3, name: 'ü3' },
        { id: 4, name: null },
      ])
      expect((await db.run(`update ${table} set name = 'x' where id < 3`)).affected).toBe(2)
    })

    it('fail with a code, and without what they were given', async () => {
      const db = ownDb(at())
      const { p } = at()
      const table = await ownTable(at(), db)
      const ended = heard('db.ended')
      const insert = `insert into ${table} values (1, ${p(1)})`
      await db.run(insert, ['secret'])
      const error = await db.run(insert, ['secret']).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'FW_DB_FAILED', retryable: false })
      expect((error as { driverCode: string }).driverCode).toMatch(/^(?:23505|ER_DUP_ENTRY|SQLITE \d+)$/)
      await expect(db.query('select nope')).rejects.toMatchObject(failsWith('FW_DB_FAILED'))
      // The connection is none the worse for it.
      expect(await idsOf(db, table)).toEqual([1])
      expect(ended.map(({ what, rows, connection }) => [what, rows, connection])).toEqual([
        [insert, 1, 'default'],
        [insert, undefined, 'default'],
        ['select nope', undefined, 'default'],
        [`select id from ${table} order by id`, 1, 'default'],
      ])
      expect(JSON.stringify([ended, String(error), { ...(error as { cause: object }).cause }])).not.toContain('secret')
    })

    it('go out of a job as what it waits for, and not after its end', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const ended = heard('db.ended')
      const late = Promise.withResolvers<unknown>()
      await inJob(async (job) => {
        expect(await idsOf(db, table)).toEqual([])
        expect(current()).toBe(job)
        expect(ended.at(-1)!.job).toBe(job.id)
        job.defer(() => void setTimeout(() => void db.query('select 1').catch(late.resolve), 5))
      })
      expect(await late.promise).toMatchObject(failsWith('FW_JOB_SETTLED'))
    })

    it('are not begun for whoever has left already', async () => {
      const db = ownDb(at())
      const ended = heard('db.ended')
      const signal = AbortSignal.abort(new Error('before'))
      await expect(db.query('select 1', [], { signal })).rejects.toThrow('before')
      await expect(db.stream('select 1', [], { signal }).next()).rejects.toThrow('before')
      await expect(db.transaction(() => db.query('select 1'), { signal })).rejects.toThrow('before')
      await db.transaction(() => expect(db.query('select 1', [], { signal })).rejects.toThrow('before'))
      expect(ended.filter(({ error }) => error === undefined)).toMatchObject([{ what: 'a transaction' }])
    })

    it('are built by Kysely, on the same path', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      await db
        .insertInto(table)
        .values([
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ])
        .execute()
      const changed = await db.updateTable(table).set({ name: 'c' }).where('id', '=', 2).executeTakeFirst()
      expect(Number(changed.numUpdatedRows)).toBe(1)
      await db
        .transaction(async () => {
          await db.deleteFrom(table).where('id', '=', 1).execute()
          expect(await db.selectFrom(table).selectAll().limit(5).execute()).toEqual([{ id: 2, name: 'c' }])
          throw new Error('back')
        })
        .catch(() => {})
      expect(await db.selectFrom(table).select('id').orderBy('id').execute()).toEqual([{ id: 1 }, { id: 2 }])
      const { rows } = await sql<{ n: number }>`select ${sql.lit(1)} + 1 as n`.execute(db.builder)
      expect(rows).toEqual([{ n: 2 }])
      await db.builder.transaction().execute((trx) => trx.deleteFrom(table).where('id', '=', 1).execute())
      const failing = db.builder.transaction().execute(async (trx) => {
        await trx.deleteFrom(table).execute()
        throw new Error('back')
      })
      await expect(failing).rejects.toThrow('back')
      expect(await idsOf(db, table)).toEqual([2])
    })
  })

  describe('transactions', () => {
    it('commit, or are undone when their function throws', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      expect(await db.transaction(async () => (await db.run(`insert into ${table} values (1, 'a')`)).affected)).toBe(1)
      // Outside of a job it is carried as well, and makes no job of it.
      await db.transaction(() => expect([maybeCurrent(), carriedTransactions().length]).toEqual([undefined, 1]))
      expect(carriedTransactions()).toEqual([])
      const failing = db.transaction(async (tx) => {
        await tx.run(`insert into ${table} values (2, 'b')`)
        expect(await idsOf(db, table)).toEqual([1, 2])
        throw new Error('back')
      })
      await expect(failing).rejects.toThrow('back')
      expect(await idsOf(db, table)).toEqual([1])
      await db.transaction(() => db.run(`insert into ${table} values (3, 'c')`), { rollBack: true })
      expect(await idsOf(db, table)).toEqual([1])
    })

    it('inside of one are savepoints, one after the other', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const add = (id: number) => db.run(`insert into ${table} values (${id}, 'x')`)
      await db.transaction(async (outer) => {
        await add(1)
        const undone = db.transaction(async () => {
          await add(2)
          await db.transaction(() => add(3))
          throw new Error('back')
        })
        // Both begin at once; neither gets into the other.
        const kept = db.transaction(async () => {
          await add(4)
          await sleep(2)
          // Whoever speaks to the one around speaks to the savepoint: nothing waits for itself.
          await outer.run(`insert into ${table} values (5, 'x')`)
        })
        const beside = add(6)
        await expect(undone).rejects.toThrow('back')
        await Promise.all([kept, beside])
      })
      expect(await idsOf(db, table)).toEqual([1, 4, 5, 6])
      await expect(db.transaction(() => db.transaction(() => {}, { isolation: 'serializable' }))).rejects.toMatchObject(
        failsWith('FW_CONFIG_INVALID'),
      )
    })

    it('refuse what comes after their end', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const hold = gate()
      const late = await db.transaction(async () => ({
        late: hold.opened.then(() => db.run(`insert into ${table} values (1, 'late')`)),
      }))
      hold.open()
      await expect(late.late).rejects.toThrow(/the transaction has ended/)
      expect(await idsOf(db, table)).toEqual([])
    })

    it('that a statement of theirs has ended do not go on without one', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const ending = db.transaction(async () => {
        await db.run('rollback')
        await db.run(`insert into ${table} values (1, 'alone')`)
      })
      await expect(ending).rejects.toThrow(/has ended it/)
      expect(await idsOf(db, table)).toEqual([])
    })

    it('may only read', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      const writing = db.transaction(() => db.run(`insert into ${table} values (1, 'x')`), { readOnly: true })
      await expect(writing).rejects.toMatchObject(failsWith('FW_DB_FAILED'))
      await db.transaction(() => db.run(`insert into ${table} values (2, 'x')`), { isolation: 'serializable' })
      expect(await idsOf(db, table)).toEqual([2])
    })

    it('are refused an option that there is not', async () => {
      const db = ownDb(at())
      const wrong = { isolatoin: 'serializable' } as object
      await expect(db.transaction(() => {}, wrong)).rejects.toThrow(/did you mean `isolation`/)
      await expect(db.query('select 1', [], { timeout: 1 } as object)).rejects.toThrow(/did you mean `timeoutMs`/)
    })
  })

  dbJobLaws(at)
  dbPoolLaws(at)
}
