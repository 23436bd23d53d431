import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { failsWith, idsOf, ownDb, ownTable, type TestDatabase } from './db.ts'
import { gate, heard, inJob, until } from './work.ts'

/** What holds of every database's streams and pools. */
export function dbPoolLaws(at: () => TestDatabase): void {
  describe('streams', () => {
    const fill = async (db: ReturnType<typeof ownDb>, table: string, count: number) => {
      const rows = Array.from({ length: count }, (_, id) => `(${id}, 'row')`)
      await db.run(`insert into ${table} values ${rows.join(', ')}`)
    }

    it('give all rows, and the connection back, however they end', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      await fill(db, table, 1_000)
      const text = `select id from ${table} order by id`
      const ids: unknown[] = []
      for await (const { id } of db.stream(text, [], { rowsMax: 7 })) ids.push(id)
      expect(ids).toEqual(Array.from({ length: 1_000 }, (_, id) => id))
      for await (const { id } of db.stream(text, [], { rowsMax: 7 })) if (id === 10) break
      const throwing = async () => {
        for await (const { id } of db.stream(text)) if (id === 10) throw new Error('enough')
      }
      await expect(throwing()).rejects.toThrow('enough')
      await expect(db.stream('select nope').next()).rejects.toMatchObject(failsWith('FW_DB_FAILED'))
      const abort = new AbortController()
      const aborted = async () => {
        for await (const { id } of db.stream(text, [], { signal: abort.signal, rowsMax: 7 })) {
          if (id === 10) abort.abort(new Error('stop'))
        }
      }
      await expect(aborted()).rejects.toThrow('stop')
      expect(await db.selectFrom(table).select('id').where('id', '<', 2).orderBy('id').execute()).toHaveLength(2)
      let built = 0
      for await (const row of db.selectFrom(table).select('id').stream(50)) built += row.id === undefined ? 0 : 1
      expect(built).toBe(1_000)
    })

    it('end with their job, also when nobody reads', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      await fill(db, table, 100)
      const rest = await inJob(async () => {
        const stream = db.stream(`select id from ${table}`, [], { rowsMax: 2 })
        await stream.next()
        return [stream]
      })
      // The one connection is free again.
      expect(await idsOf(db, table)).toHaveLength(100)
      const read = async () => {
        for await (const _ of rest[0]!);
      }
      await expect(read()).rejects.toMatchObject(failsWith('FW_JOB_SETTLED'))
    })
  })

  describe('the pool', () => {
    it('serves in order, and says when it is not one’s turn in time', async () => {
      const db = ownDb(at(), { poolMax: 1, waitMsMax: 300 })
      await until(() => db.query('select 1').then(Boolean, () => false))
      const waited = heard('db.waited')
      const hold = gate()
      const begun = gate()
      const held = db.transaction(() => (begun.open(), hold.opened))
      await begun.opened
      const order: number[] = []
      const busy = db.query('select 1')
      await expect(busy).rejects.toMatchObject({ code: 'FW_DB_BUSY', retryable: true })
      expect(waited).toMatchObject([{ connection: 'default', error: { code: 'FW_DB_BUSY' } }])
      const served = [1, 2, 3].map((n) => db.query('select 1').then(() => order.push(n)))
      hold.open()
      await Promise.all([held, ...served])
      expect(order).toEqual([1, 2, 3])
    })

    it('lets go of a job that is told to stop while it waits', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const hold = gate()
      const held = db.transaction(() => hold.opened)
      await expect(inJob(() => db.query('select 1'), { timeoutMs: 30 })).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
      hold.open()
      await held
      expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
    })

    it('gives nobody a transaction that was left open', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      await db.run('begin')
      await db.run(`insert into ${table} values (1, 'nobody’s')`)
      const other = ownDb(at())
      await until(async () => (await idsOf(other, table)).length === 1)
      await db.transaction(() => db.run(`insert into ${table} values (2, 'mine')`))
      expect(await idsOf(other, table)).toEqual([1, 2])
    })

    it('closes what nobody uses, and opens it again', async () => {
      const db = ownDb(at(), { idleMs: 20 })
      await Promise.all([1, 2, 3].map(() => db.query('select 1')))
      await sleep(60)
      expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
      await db.close()
      expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
    })
  })
}
