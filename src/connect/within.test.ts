import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { working } from '../../test/support/work.ts'
import { connect, createDb, defineJob, unchecked } from '../index.ts'

function fileOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-within-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'app.db')
}

const welcome = defineJob('welcome', { input: unchecked<string>() })

it('enqueues in the transaction of the application, or not at all', async () => {
  const file = fileOf()
  const app = new DatabaseSync(file)
  app.exec('create table users (name text)')
  await using client = await connect(`sqlite:${file}?share=true`)
  const job = await client.prepare(welcome, 'Ada')
  for (const [end, expected] of [
    ['rollback', 0],
    ['commit', 1],
  ] as const) {
    app.exec('begin immediate')
    app.exec("insert into users values ('Ada')")
    expect(client.driver.within(app).enqueue([job])).toEqual([{ outcome: 'added', id: job.id }])
    app.exec(end)
    expect((await client.list()).jobs).toHaveLength(expected)
  }
  app.close()
})

it('refuses the file of somebody else, and says how to share it', async () => {
  const file = fileOf()
  const app = new DatabaseSync(file)
  app.exec('create table users (name text)')
  app.close()
  await expect(connect(`sqlite:${file}`)).rejects.toThrow('?share=true')
  await expect(connect(`sqlite:${file}?share=yes`)).rejects.toThrow('allowed are true')
})

it('changes limits while a queue runs, and lifts them', async () => {
  await using client = await connect('memory:')
  const rates = [{ tokens: 1, perMs: 1_000, burst: 1 }]
  await client.limit('pages', { group: 'a.test' }, { rates })
  await client.limit('pages', 'queue', { concurrencyMax: 5 })
  expect(await client.limits('pages')).toMatchObject({ queue: { concurrencyMax: 5 }, group: { 'a.test': { rates } } })
  await client.limit('pages', 'queue', {})
  expect((await client.limits('pages')).queue).toEqual({})
})

it('job.commit says what to do where the jobs do not live in the database', async () => {
  const file = fileOf()
  const db = createDb(`sqlite:${file}`)
  onTestFinished(() => db.close())
  const seen: string[] = []
  const job = defineJob('apart', { attempts: 1 }, (_, job) =>
    job
      .commit(() => seen.push('ran'), { db })
      .catch((error) => {
        seen.push(String(error))
      }),
  )
  for (const url of ['memory:', `sqlite:${file}.jobs`]) {
    const { client } = await working([job], { url })
    await (await client.enqueue(job)).result()
  }
  expect(seen).toEqual([
    expect.stringMatching(/job.commit.*the memory driver cannot settle.*createDb\(url\)/),
    expect.stringMatching(/job.commit.*in sqlite .*app\.db, and the jobs of the sqlite driver live elsewhere/),
  ])
})

it('infers what job.commit answers, and what its transaction is', () => {
  const db = createDb<{ orders: { id: string } }>('sqlite:./never-opened.db')
  const job = defineJob('typed', {}, async (_, job) => {
    const own = await job.commit(
      async (tx) => {
        const rows = await tx.selectFrom('orders').select('id').execute()
        return rows.map(({ id }) => id)
      },
      { db, retries: 3 },
    )
    const shared = await job.commit(async (tx) => ({ rows: await tx.query<{ n: number }>('select 1 as n') }))
    return { own, shared }
  })
  expectTypeOf<ReturnType<typeof job.run>>().resolves.toEqualTypeOf<{
    own: string[]
    shared: { rows: { n: number }[] }
  }>()
})
