import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { ownDb, ownTable, sharedServer, sqliteAt, type TestDatabase } from '../../test/support/db.ts'
import { sharedRedis } from '../../test/support/redis.ts'
import { folder } from '../../test/support/sqlite.ts'
import { until } from '../../test/support/work.ts'
import { connect, Db, defineJob, unchecked } from '../index.ts'

const redis = await sharedRedis()
const servers = { postgres: await sharedServer('postgres'), mysql: await sharedServer('mysql') }
const note = defineJob('note', { input: unchecked<number>() })

/** A broker of this test's own: parameters of the URL tell one from another. */
let brokers = 0
const keyPrefix = `fw-outbox-${process.pid}-`
const brokerUrl = () => `${redis}?keyPrefix=${keyPrefix}${++brokers}`

afterAll(async () => {
  if (redis === undefined) return
  const client = new Redis(redis)
  for await (const keys of client.scanStream({ match: `${keyPrefix}*`, count: 10_000 })) {
    if ((keys as string[]).length > 0) await client.unlink(...(keys as string[]))
  }
  await client.quit()
})

function outboxOf(at: () => TestDatabase, name: string): void {
  describe.skipIf(redis === undefined)(`connect('redis://…', { outbox: '${name}' })`, () => {
    it('puts jobs into the transaction, and hands them on with their ids', async () => {
      const db = ownDb(at())
      const table = await ownTable(at(), db)
      await using client = await connect(brokerUrl(), { outbox: at().url })
      const sent = await db.transaction(async () => {
        await db.run(`insert into ${table} values (1, 'x')`)
        return client.enqueueMany(note, [1, 2, 3])
      })
      expect(sent.map(({ outcome }) => outcome)).toEqual(['deferred', 'deferred', 'deferred'])
      await until(async () => (await client.find(sent.map(({ id }) => id))).every((found) => found !== undefined))
      await until(async () => (await client.outbox())?.waiting === 0)
      const undone = db.transaction(async () => {
        await client.enqueue(note, 4)
        throw new Error('back')
      })
      await expect(undone).rejects.toThrow('back')
      expect(await client.outbox()).toMatchObject({ waiting: 0 })
      expect((await client.list()).jobs).toHaveLength(3)
    })

    it('loses nothing when the process is killed right after the commit', async () => {
      const [url, db] = [brokerUrl(), ownDb(at())]
      const table = await ownTable(at(), db)
      const index = new URL('../index.ts', import.meta.url).href
      const sandbox = new URL('../sandbox/transaction.ts', import.meta.url).href
      const code = `
        import { connect, createDb, defineJob, unchecked } from ${JSON.stringify(index)}
        import { carriedTransactions } from ${JSON.stringify(sandbox)}
        const db = createDb(${JSON.stringify(at().url)})
        const client = await connect(${JSON.stringify(url)}, { outbox: ${JSON.stringify(at().url)} })
        await db.transaction(async () => {
          carriedTransactions()[0].afterCommit(async () => process.kill(process.pid, 'SIGKILL'))
          await db.run("insert into ${table} values (7, 'x')")
          await client.enqueue(defineJob('note', { input: unchecked() }), 7, { id: 'from-the-dead' })
        })`
      const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'inherit' })
      expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])
      expect(await db.query(`select id from ${table}`)).toEqual([{ id: 7 }])
      await using client = await connect(url, { outbox: at().url })
      await until(async () => (await client.find(['from-the-dead']))[0]?.state === 'ready')
      await until(async () => (await client.outbox())?.waiting === 0)
    })
  })
}

let file: string
beforeEach(() => (file = join(folder(), 'app.db')))
outboxOf(() => sqliteAt(file), 'sqlite:…')
if (servers.postgres !== undefined) outboxOf(() => servers.postgres!, 'postgres://…')
if (servers.mysql !== undefined) outboxOf(() => servers.mysql!, 'mysql://…')

describe("an outbox of the process's Db", () => {
  it('needs no URL; a transaction of another database is refused, and told where the outbox is', async () => {
    Db.configure(`sqlite:${file}`)
    onTestFinished(() => Db.close())
    await using client = await connect('memory:', { outbox: true })
    const { id, outcome } = await Db.transaction(() => client.enqueue(note, 1))
    expect(outcome).toBe('deferred')
    await until(async () => (await client.find([id]))[0] !== undefined)
    const other = ownDb(sqliteAt(join(folder(), 'other.db')))
    await expect(other.transaction(() => client.enqueue(note, 2))).rejects.toMatchObject({
      code: 'FW_CONFIG_INVALID',
      message: expect.stringContaining(file),
    })
  })

  it('says what is missing', async () => {
    await expect(connect('memory:', { outbox: 'redis://127.0.0.1' })).rejects.toThrow(/Db does not speak "redis:"/)
    await expect(connect('memory:', { outbox: 7 as never })).rejects.toThrow(/outbox/)
  })
})
