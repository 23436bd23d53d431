import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { current, defineJob, maybeCurrent } from '../../src/index.ts'
import { failsWith, idsOf, inJob, ownDb, ownTable, type TestDatabase } from './db.ts'
import { gate, heard, until, working } from './work.ts'

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
        void job.defer(() => setTimeout(() => db.query('select 1').catch(late.resolve), 5))
      })
      expect(await late.promise).toMatchObject(failsWith('FW_JOB_SETTLED'))
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

  describe('jobs', () => {
    it('200 of them, interleaved, have each their own context and their own transaction', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const wrong: string[] = []
      const job = defineJob('mixed', {}, async (_, { id }) => {
        const mine = (step: string) => {
          if (maybeCurrent()?.id !== id) wrong.push(step)
        }
        await db.query('select 1')
        mine('query')
        const n = Number.parseInt(id.replaceAll('-', '').slice(-7), 16)
        await db.transaction(async () => {
          mine('begin')
          await db.query(`insert into ${table} values (${n}, '${id}')`)
          mine('insert')
          await sleep(Math.random() * 2)
          const rows = await db.query<{ name: string }>(`select name from ${table} where id = ${n}`)
          if (rows.length !== 1 || rows[0]!.name !== id) wrong.push('not my transaction')
          for await (const row of db.stream(`select name from ${table} where id = ${n}`)) {
            mine('stream')
            if (row['name'] !== id) wrong.push('not my row')
          }
          mine('streamed')
        })
        mine('commit')
      })
      const { client, worker } = await working([job], { concurrency: 200 })
      await client.enqueueMany(job, Array<undefined>(200).fill(undefined))
      await worker.idle()
      expect(wrong).toEqual([])
      expect(await idsOf(db, table)).toHaveLength(200)
    })

    it('may have two transactions at once, each in its own branch', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const [one, two] = [gate(), gate()]
      await inJob(async () => {
        const first = db.transaction(async () => {
          if (at().kind !== 'sqlite') await one.opened
          await db.run(`insert into ${table} values (1, 'first')`)
          two.open()
          await sleep(5)
          throw new Error('back')
        })
        const second = db.transaction(async () => {
          one.open()
          await two.opened
          await db.run(`insert into ${table} values (2, 'second')`)
          expect((await db.query(`select id from ${table}`)).length).toBe(1)
        })
        await expect(first).rejects.toThrow('back')
        await second
      })
      expect(await idsOf(db, table)).toEqual([2])
    })

    it('that leave one open have it undone, are reported, and leave the connection clean', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      const zombies = heard('job.zombie')
      const left = Promise.withResolvers<unknown>()
      await inJob(async () => {
        const started = gate()
        void db
          .transaction(async () => {
            await db.run(`insert into ${table} values (1, 'left')`)
            started.open()
            await new Promise(() => {})
          })
          .catch(left.resolve)
        await started.opened
      })
      expect(await left.promise).toMatchObject(failsWith('FW_JOB_SETTLED'))
      expect(await idsOf(db, table)).toEqual([])
      expect(zombies).toMatchObject([{ name: 'one', left: ['db default: a transaction'] }])
    })

    it('that time out have it undone, and what they still do refused', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      const late = Promise.withResolvers<unknown>()
      const dying = inJob(
        () =>
          db.transaction(async () => {
            await db.run(`insert into ${table} values (1, 'x')`)
            await sleep(150)
            await db.run(`insert into ${table} values (2, 'x')`).catch(late.resolve)
          }),
        { timeoutMs: 50 },
      )
      await expect(dying).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
      expect(await idsOf(db, table)).toEqual([])
      expect(await late.promise).toMatchObject({ code: expect.stringMatching(/^FW_(?:HANDLER_TIMEOUT|JOB_SETTLED)$/) })
    })
  })

  describe('enqueue in a transaction', () => {
    const child = defineJob('child', {}, () => {})

    it('comes after its commit, and not at all when it is undone', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const { client } = await working([], {})
      const ids = async () => (await client.list()).jobs.map(({ job }) => job.id)
      const [sent, more] = await db.transaction(async () => {
        await db.run(`insert into ${table} values (1, 'x')`)
        const sent = await client.enqueue(child)
        expect(sent.outcome).toBe('deferred')
        const undone = db.transaction(async () => {
          await client.enqueue(child)
          throw new Error('back')
        })
        await expect(undone).rejects.toThrow('back')
        const more = await db.transaction(() => client.enqueueMany(child, [undefined, undefined]))
        expect(await ids()).toEqual([])
        return [sent, more]
      })
      expect((await ids()).toSorted()).toEqual([sent, ...more].map(({ id }) => id).toSorted())
      await expect(
        db.transaction(async () => {
          await client.enqueue(child)
          throw new Error('back')
        }),
      ).rejects.toThrow('back')
      expect(await ids()).toHaveLength(3)
      expect((await client.enqueue(child)).outcome).toBe('added')
    })

    it('says so when it has committed and the jobs could not be written', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      const { client, worker } = await working([])
      const failing = db.transaction(async () => {
        await db.run(`insert into ${table} values (1, 'x')`)
        await client.enqueue(child)
        await worker.stop()
        await client.close()
      })
      await expect(failing).rejects.toMatchObject({ code: 'FW_DB_UNWRITTEN', retryable: false })
      expect(await idsOf(db, table)).toEqual([1])
    })

    it('as a follow-up, too', async () => {
      const db = ownDb(at())
      const parent = defineJob('parent', {}, async (_, job) => {
        await db.transaction(() => job.enqueue(child, undefined, { tags: ['kept'] }))
        await db.transaction(() => job.enqueue(child, undefined, { tags: ['dropped'] }), { rollBack: true })
      })
      const { client } = await working([parent])
      await (await client.enqueue(parent)).result()
      const { jobs } = await client.list()
      expect(jobs.filter(({ job }) => job.name === 'child').map(({ job }) => job.tags)).toEqual([['kept']])
    })
  })

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
      const db = ownDb(at(), { poolMax: 1, waitMsMax: 60 })
      const waited = heard('db.waited')
      const hold = gate()
      const held = db.transaction(() => hold.opened)
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
