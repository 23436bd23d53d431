import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { connect, defineJob, unchecked } from '../index.ts'

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
