import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FaultProxy } from '../../stress/proxy/proxy.ts'
import { defineJob, type OwnDb } from '../../src/index.ts'
import type { Fiber } from '../../src/sandbox/fiber.ts'
import { currentFiber, storage } from '../../src/sandbox/storage.ts'
import { carriedTransactions } from '../../src/sandbox/transaction.ts'
import { failsWith, idsOf, ownDb, ownTable, type TestDatabase, tableName } from './db.ts'
import { gate, heard, inJob, until, working } from './work.ts'

/** What holds of every server. */
export function dbServerLaws(at: () => TestDatabase): void {
  const isPostgres = () => at().kind === 'postgres'
  const myId = () => (isPostgres() ? 'select pg_backend_pid() as id' : 'select connection_id() as id')
  const idOf = async (db: OwnDb) => (await db.query<{ id: number }>(myId()))[0]!.id
  const kill = (db: OwnDb, id: number) =>
    isPostgres() ? db.query(`select pg_terminate_backend(${id})`) : db.run(`kill ${id}`, [], { prepare: false })
  const running = async (db: OwnDb, mark: string) => {
    const text = isPostgres()
      ? `select count(*) as n from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '%${mark}%'`
      : `select count(*) as n from information_schema.processlist where id <> connection_id() and info like '%${mark}%'`
    return Number((await db.query<{ n: number }>(text))[0]!.n)
  }
  /** A statement that runs for a minute, and can be found on the server. */
  const long = () => {
    const mark = tableName()
    return { mark, text: `${at().sleep(60)} /* ${mark} */` }
  }

  const behindProxy = async () => {
    const { hostname, port } = new URL(at().url)
    const proxy = await FaultProxy.start({ host: hostname, port: Number(port) })
    onTestFinished(() => proxy[Symbol.asyncDispose]())
    return { proxy, url: at().url.replace(`${hostname}:${port}`, `127.0.0.1:${proxy.port}`) }
  }

  describe('what is stopped', () => {
    it('by the end of its job stops on the server too, and the connection lives on', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const other = ownDb(at())
      const before = await idOf(db)
      const { mark, text } = long()
      const job = defineJob('slow', { attempts: 1 }, () => db.query(text))
      const { client } = await working([job])
      const sent = await client.enqueue(job)
      await until(() => running(other, mark))
      await client.cancel([sent.id])
      await expect(sent.result()).rejects.toMatchObject(failsWith('FW_JOB_CANCELLED'))
      await until(async () => (await running(other, mark)) === 0)
      expect(await idOf(db)).toBe(before)
      expect(await db.query('select 2 as n')).toEqual([{ n: 2 }])
    })

    it('by a timeout, or a signal, as well', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const other = ownDb(at())
      const [one, two] = [long(), long()]
      await expect(db.query(one.text, [], { timeoutMs: 50 })).rejects.toMatchObject(failsWith('FW_CALL_TIMEOUT'))
      const abort = new AbortController()
      const asked = db.query(two.text, [], { signal: abort.signal })
      await until(() => running(other, two.mark))
      expect(await running(other, one.mark)).toBe(0)
      abort.abort(new Error('enough'))
      await expect(asked).rejects.toThrow('enough')
      expect(await db.query('select 2 as n')).toEqual([{ n: 2 }])
      expect(await running(other, two.mark)).toBe(0)
    })

    it('in a transaction undoes it', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const table = await ownTable(at(), db)
      const { text } = long()
      const dying = inJob(
        () =>
          db.transaction(async () => {
            await db.run(`insert into ${table} values (1, 'x')`)
            await db.transaction(() => db.query(text).catch(() => db.run(`insert into ${table} values (2, 'x')`)))
          }),
        { timeoutMs: 100 },
      )
      await expect(dying).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
      expect(await idsOf(db, table)).toEqual([])
      const alone = db.transaction(async () => {
        await db.run(`insert into ${table} values (3, 'x')`)
        await db.query(text, [], { timeoutMs: 30 }).catch(() => {})
        await db.run(`insert into ${table} values (4, 'x')`)
      })
      await expect(alone).rejects.toMatchObject(failsWith('FW_CALL_TIMEOUT'))
      expect(await idsOf(db, table)).toEqual([])
    })

    it('behind a network that is silent costs the connection, and nobody waits for it', async () => {
      const { proxy, url } = await behindProxy()
      const db = ownDb({ ...at(), url }, { poolMax: 1 })
      const before = await idOf(db)
      proxy.blackhole()
      const asked = performance.now()
      await expect(db.query('select 1', [], { timeoutMs: 50 })).rejects.toMatchObject(failsWith('FW_CALL_TIMEOUT'))
      expect(performance.now() - asked).toBeLessThan(2_000)
      await proxy.heal()
      expect(await idOf(db)).not.toBe(before)
    })
  })

  it('a commit whose answer does not come may have taken place, and the error says so', async () => {
    const table = await ownTable(at(), ownDb(at()))
    const { proxy, url } = await behindProxy()
    for (const how of ['cut', 'blackhole'] as const) {
      const db = ownDb({ ...at(), url }, { statementTimeoutMs: 200 })
      const doubtful = db.transaction(async () => {
        await db.run(`insert into ${table} values (1, 'x')`)
        proxy[how]()
      })
      await expect(doubtful).rejects.toThrow(/nobody knows whether it did/)
      await expect(doubtful).rejects.toMatchObject({ code: 'FW_DB_UNREACHABLE', retryable: true })
      await proxy.heal()
    }
  })

  describe('connections', () => {
    it('that die idle are replaced; what runs on one that dies can be tried again', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const other = ownDb(at())
      const first = await idOf(db)
      await kill(other, first)
      await until(async () => (await idOf(db).catch(() => first)) !== first)
      const victim = await idOf(db)
      const { mark, text } = long()
      const asked = db.query(text).catch((error: unknown) => error)
      await until(() => running(other, mark))
      await kill(other, victim)
      expect(await asked).toMatchObject({ code: 'FW_DB_UNREACHABLE', retryable: true })
      expect(await idOf(db)).not.toBe(victim)
    })

    it('that die in a transaction take it with them, and it may be run again', async () => {
      const db = ownDb(at(), { poolMax: 2 })
      const table = await ownTable(at(), db)
      const other = ownDb(at())
      const dying = db.transaction(async () => {
        await db.run(`insert into ${table} values (1, 'x')`)
        await kill(other, await idOf(db))
        await db.run(`insert into ${table} values (2, 'x')`)
      })
      await expect(dying).rejects.toMatchObject({ code: 'FW_DB_UNREACHABLE', retryable: true })
      expect(await idsOf(db, table)).toEqual([])
    })

    it('carry nothing from one to the next', async () => {
      const db = ownDb(at(), { poolMax: 1 })
      const before = await idOf(db)
      if (isPostgres()) {
        await db.query(`set application_name = 'mine'`)
        await db.query('create temporary table fw_mine (id int)')
        await db.query('select pg_advisory_lock(4711)')
        expect(await db.query('show application_name')).toEqual([{ application_name: 'fiber-work' }])
        await expect(db.query('select * from fw_mine')).rejects.toThrow(/does not exist/)
        expect(await db.query(`select * from pg_locks where locktype = 'advisory' and objid = 4711`)).toEqual([])
      } else {
        await db.query('set @mine = 1')
        await db.query('create temporary table fw_mine (id int)')
        await db.query(`select get_lock('fw_mine', 0)`)
        expect(await db.query('select @mine as mine')).toEqual([{ mine: null }])
        await expect(db.query('select * from fw_mine')).rejects.toThrow(/exist/)
        expect(await db.query(`select is_used_lock('fw_mine') as held`)).toEqual([{ held: null }])
      }
      expect(await idOf(db)).toBe(before)
    })

    it('that cannot be made say so, without a password', async () => {
      const db = ownDb({ ...at(), url: at().url.replace(/\/\/.*?@[^/]*/, '//me:geheim@127.0.0.1:1') })
      const error = await db.query('select 1').catch((error: unknown) => error as Error)
      expect(error).toMatchObject({ code: 'FW_DB_UNREACHABLE', retryable: true })
      expect(String(error) + JSON.stringify(error)).not.toContain('geheim')
    })

    it('first opened in a job keep nothing of it, and belong to no job', async () => {
      setFlagsFromString('--expose-gc')
      const gc = runInNewContext('gc') as () => void
      const db = ownDb(at(), { poolMax: 5 })
      const fibers: WeakRef<Fiber>[] = []
      const seen: unknown[] = []
      const known = new WeakSet<object>()
      const job = defineJob('opens', {}, async () => {
        fibers.push(new WeakRef(currentFiber()!))
        await db.query('select 1')
        await db.transaction(async () => {
          await carriedTransactions()[0]!.alone((connection) => {
            const emitter = connection as NodeJS.EventEmitter
            if (known.has(emitter)) return
            known.add(emitter)
            for (const event of ['error', 'end']) emitter.once(event, () => seen.push(storage.getStore()))
          })
          for await (const _ of db.stream('select 1'));
        })
      })
      const { client, worker } = await working([job], { concurrency: 50 })
      await client.enqueueMany(job, Array<undefined>(50).fill(undefined))
      await worker.idle()
      await sleep(20)
      gc()
      expect(fibers).toHaveLength(50)
      // The engine's own last one may still be on a stack.
      expect(fibers.filter((fiber) => fiber.deref() !== undefined).length).toBeLessThanOrEqual(1)
      await kill(ownDb(at()), await inJob(() => idOf(db)))
      await until(() => seen.length > 0)
      expect(new Set(seen)).toEqual(new Set([undefined]))
    })
  })

  it('a deadlock is a conflict, and the transaction is run again where that is asked for', async () => {
    const db = ownDb(at())
    const table = await ownTable(at(), db)
    await db.run(`insert into ${table} values (1, 'a'), (2, 'b')`)
    const cross = async (retries: number) => {
      const [one, two] = [gate(), gate()]
      let runs = 0
      const both = (first: number, second: number, mine: ReturnType<typeof gate>, theirs: ReturnType<typeof gate>) =>
        db.transaction(
          async () => {
            runs++
            await db.run(`update ${table} set name = 'x' where id = ${first}`)
            mine.open()
            await theirs.opened
            await db.run(`update ${table} set name = 'x' where id = ${second}`)
          },
          { retries },
        )
      const ended = await Promise.allSettled([both(1, 2, one, two), both(2, 1, two, one)])
      return { runs, lost: ended.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[] }
    }
    const { lost } = await cross(0)
    expect(lost.map(({ reason }) => reason as unknown)).toMatchObject([{ code: 'FW_DB_CONFLICT', retryable: true }])
    const again = await cross(10)
    expect(again.lost).toEqual([])
    expect(again.runs).toBeGreaterThanOrEqual(3)
  })

  it('reads go to a copy, and to the database itself when none answers', async () => {
    const down = heard('db.replicaDown')
    const ended = heard('db.ended')
    const nobody = at().url.replace(/@[^/]*/, '@127.0.0.1:1')
    const db = ownDb(at(), { replicas: [nobody, at().url] })
    const table = await ownTable(at(), db)
    for (let n = 0; n < 4; n++) expect(await db.read().query(`select id from ${table}`)).toEqual([])
    expect(down.map(({ connection }) => connection)).toEqual(['default, replica 1'])
    expect(await db.read().selectFrom(table).select('id').execute()).toEqual([])
    await db.transaction(async () => {
      await db.run(`insert into ${table} values (1, 'x')`)
      expect(await db.query(`select id from ${table}`, [], { replica: true })).toEqual([{ id: 1 }])
      expect(await db.read().query(`select id from ${table}`)).toEqual([{ id: 1 }])
    })
    const alone = ownDb(at(), { replicas: [nobody] })
    const rows: unknown[] = []
    for await (const row of alone.read().stream(`select id from ${table}`)) rows.push(row)
    expect(rows).toEqual([{ id: 1 }])
    expect(ended.every(({ error }) => error === undefined)).toBe(true)
  })
}
