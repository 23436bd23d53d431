import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { dbLaws } from '../../test/support/db-laws.ts'
import { failsWith, idsOf, ownDb, ownTable, sqliteAt } from '../../test/support/db.ts'
import { inJob, working } from '../../test/support/work.ts'
import { connect, createDb, defineJob, unchecked } from '../../src/index.ts'
import { loadMysql } from './mysql.ts'
import { loadPg } from './postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'fiber-work-db-'))
afterAll(() => rmSync(folder, { recursive: true }))

dbLaws(() => sqliteAt(join(folder, 'app.db')))

const url = () => sqliteAt(join(folder, 'app.db'))

describe('a queue in the same file', () => {
  const child = defineJob('child', {}, () => 'done')

  it('takes jobs in the transaction itself', async () => {
    const file = join(folder, 'shared.db')
    const db = ownDb(sqliteAt(file))
    await db.run('create table orders (id int)')
    await using client = await connect(`sqlite:${file}?share=true`)
    const elsewhere = await connect('memory:')
    const sent = await db.transaction(async () => {
      await db.run('insert into orders values (1)')
      const undone = db.transaction(async () => {
        await client.enqueue(child)
        throw new Error('back')
      })
      await expect(undone).rejects.toThrow('back')
      const other = await elsewhere.enqueue(child)
      return [await client.enqueue(child), ...(await client.enqueueMany(child, [undefined])), other]
    })
    expect(sent.map(({ outcome }) => outcome)).toEqual(['added', 'added', 'deferred'])
    const undone = db.transaction(async () => {
      await client.enqueue(child)
      throw new Error('back')
    })
    await expect(undone).rejects.toThrow('back')
    expect((await client.list()).jobs).toHaveLength(2)
    const worker = await client.work([child])
    expect(await sent[0]!.result()).toBe('done')
    await worker.stop()
    await elsewhere.close()
  })

  it('is not taken for the one of another file', async () => {
    const db = ownDb(url())
    await using client = await connect(`sqlite:${join(folder, 'queue.db')}`)
    const sent = await db.transaction(() => client.enqueue(child))
    expect(sent.outcome).toBe('deferred')
    expect(await sent.status()).toMatchObject({ state: 'ready' })
  })
})

describe('configuration', () => {
  it('comes from the environment, or from `configure`', async () => {
    const db = createDb()
    onTestFinished(() => db.close())
    vi.stubEnv('DATABASE_URL', '')
    vi.stubEnv('FIBER_WORK_DB_URL', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(db.query('select 1')).rejects.toThrow(/Db.configure\(.*DATABASE_URL/)
    vi.stubEnv('DATABASE_URL', 'sqlite::memory:')
    expect(await db.query('select 1 as n')).toEqual([{ n: 1 }])
    db.configure({ connections: { default: url().url, other: { url: 'sqlite::memory:' } } })
    await db.on('other').run('create table here (id int)')
    expect(await db.on('other').selectFrom('here').selectAll().execute()).toEqual([])
    await expect(db.query('select * from here')).rejects.toMatchObject(failsWith('FW_DB_FAILED'))
  })

  it('says what is wrong with it', () => {
    const says = (options: object, message: RegExp) => expect(() => createDb(options)).toThrow(message)
    says({ conections: {} }, /did you mean `connections`/)
    says({ connections: { default: { url: 'sqlite:a', poolmax: 1 } } }, /did you mean `poolMax`/)
    says({ connections: { default: { url: 'sqlite:a', poolMax: 0 } } }, /`default.poolMax` is 0/)
    says({ connections: { default: 'postgre://x' } }, /Did you mean "postgres:"/)
    says({ connections: { default: 'nothing' } }, /is not a database URL/)
    says({ connections: { default: 'redis://me:geheim@x' } }, /does not speak "redis:"/)
    says({ connections: { default: 'postgres://me:geh@eim@[x' } }, /^(?!.*geh).*is not a URL/s)
    says({ connections: { default: { url: 'sqlite:a', replicas: ['nope'] } } }, /is not a database URL/)
    says({ connections: { default: 7 } }, /is a URL, or an object/)
    says({ tenant: 'acme' }, /`tenant` is a function/)
    says({ tenantPoolsMax: 1.5 }, /tenantPoolsMax/)
    expect(() => createDb().on('x').selectFrom('y')).toThrow(/no connection "x"/)
  })

  it('says which package is missing', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' }))
    await expect(loadPg(missing)).rejects.toThrow(/npm install pg/)
    await expect(loadMysql(missing)).rejects.toThrow(/npm install mysql2/)
    await expect(loadPg(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  })
})

describe('tenants', () => {
  it('each have a file, and never see another’s', async () => {
    const db = createDb({ tenant: (tenant) => `sqlite:${join(folder, `${tenant}.db`)}`, tenantPoolsMax: 3 })
    onTestFinished(() => db.close())
    const wrong: string[] = []
    const job = defineJob(
      'visit',
      { input: unchecked<{ of: string; n: number }>(), tenant: ({ of }) => of },
      async ({ of, n }) => {
        await db.run('create table if not exists visits (tenant text, n int)')
        await db.transaction(async () => {
          await db.run('insert into visits values (?, ?)', [of, n])
          await sleep(1)
          const rows = await db.selectFrom('visits').select('tenant').execute()
          if (rows.some(({ tenant }) => tenant !== of)) wrong.push(of)
        })
      },
    )
    const { client, worker } = await working([job])
    await client.enqueueMany(
      job,
      Array.from({ length: 60 }, (_, n) => ({ of: 'abc'[n % 3]!, n })),
    )
    await worker.idle()
    expect(wrong).toEqual([])
    for (const tenant of 'abc') {
      expect(await inJob(() => db.query('select count(*) as n from visits'), { tenant })).toEqual([{ n: 20 }])
    }
  })
})

it('a file that others write to is waited for', async () => {
  const db = ownDb(url())
  const table = await ownTable(url(), db)
  const other = new DatabaseSync(join(folder, 'app.db'))
  other.exec('begin immediate')
  const writing = db.run(`insert into ${table} values (1, 'x')`)
  await sleep(20)
  other.exec('commit')
  expect((await writing).affected).toBe(1)
  other.exec('begin immediate')
  const impatient = db.run(`insert into ${table} values (2, 'x')`, [], { timeoutMs: 20 })
  await expect(impatient).rejects.toMatchObject(failsWith('FW_CALL_TIMEOUT'))
  other.exec('commit')
  other.close()
  expect(await idsOf(db, table)).toEqual([1])
})
