import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { bind, defineJob, maybeCurrent } from '../../src/index.ts'
import { outside } from '../../src/sandbox/storage.ts'
import { failsWith, idsOf, ownDb, ownTable, type TestDatabase } from './db.ts'
import { gate, heard, inJob, working } from './work.ts'

/** What holds of every database that jobs use. */
export function dbJobLaws(at: () => TestDatabase): void {
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

    it('bind what others call to their transaction too', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      const emitter = new EventEmitter()
      await inJob(async () => {
        const added = Promise.withResolvers<unknown>()
        const undone = db.transaction(async () => {
          const add = bind(() => added.resolve(db.run(`insert into ${table} values (1, 'bound')`)))
          emitter.on('add', add)
          outside(() => emitter.emit('add'))
          await added.promise
          throw new Error('back')
        })
        await expect(undone).rejects.toThrow('back')
      })
      emitter.emit('add')
      expect(await idsOf(db, table)).toEqual([])
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
        (job) =>
          db.transaction(async () => {
            await db.run(`insert into ${table} values (1, 'x')`)
            if (!job.signal.aborted) await once(job.signal, 'abort')
            await db.run(`insert into ${table} values (2, 'x')`).catch(late.resolve)
          }),
        { timeoutMs: 1_000 },
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
}
