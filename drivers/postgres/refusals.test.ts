import type pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { ownPostgres } from '../../test/support/postgres.ts'
import { newSchema, withClient } from '../../test/support/postgres-harness.ts'
import { job, world } from '../../test/support/postgres-world.ts'
import { loadPg } from './client.ts'
import { postgresDriver } from './index.ts'
import { suffix } from './library.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const server = await ownPostgres({
  config: { fsync: 'off' },
  access: [
    'host all postgres 127.0.0.1/32 trust',
    'host all guarded 127.0.0.1/32 scram-sha-256',
    'host all guest 127.0.0.1/32 trust',
  ],
})
afterAll(async () => server?.[Symbol.asyncDispose]())

/** What opening it says, in one line, without the password. */
async function opening(
  context: TestContext,
  change: (url: URL) => void,
): Promise<{ code: string; message: string; retryable: boolean }> {
  if (server === undefined) return context.skip('needs initdb and postgres')
  const url = new URL(server.url)
  change(url)
  const driver = postgresDriver({ url: url.href, schema: newSchema(), connectTimeoutMs: 1_000 })
  onTestFinished(() => driver.close().catch(() => {}))
  const error = await driver.open().then(
    () => Promise.reject(new Error('it opened')),
    (error: unknown) => error as { code: string; message: string; retryable: boolean },
  )
  expect(error.message).not.toMatch(/\n|secret-word/)
  return error
}

describe('one clear line for', () => {
  test('a wrong password', async (context) => {
    if (server !== undefined)
      await withClient(server.url, (client) =>
        client.query(
          "do $$ begin create role guarded login password 'right'; exception when duplicate_object then end $$",
        ),
      )
    const error = await opening(context, (url) => Object.assign(url, { username: 'guarded', password: 'secret-word' }))
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('password') as string,
    })
  })

  test('no password where one is asked for', async (context) => {
    const error = await opening(context, (url) => Object.assign(url, { username: 'guarded' }))
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('password') as string,
    })
  })

  test('a database that is not there', async (context) => {
    const error = await opening(context, (url) => Object.assign(url, { pathname: '/nowhere' }))
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('no such database') as string,
    })
  })

  test('a user who may create nothing', async (context) => {
    if (server !== undefined)
      await withClient(server.url, (client) =>
        client.query('do $$ begin create role guest login; exception when duplicate_object then end $$'),
      )
    const error = await opening(context, (url) => Object.assign(url, { username: 'guest' }))
    expect(error).toMatchObject({
      code: 'FW_STORE_FAILED',
      retryable: false,
      message: expect.stringContaining('may not') as string,
    })
  })

  test('a server without TLS', async (context) => {
    const error = await opening(context, (url) => url.searchParams.set('sslmode', 'require'))
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: false,
      message: expect.stringContaining('refuses TLS') as string,
    })
  })

  test('nobody who listens', async (context) => {
    const error = await opening(context, (url) => Object.assign(url, { port: '1' }))
    expect(error).toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: true,
      message: expect.stringContaining('nobody listens') as string,
    })
  })

  test('a package that is not installed', async () => {
    const missing = () => Promise.reject(Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' }))
    await expect(loadPg(missing)).rejects.toMatchObject({
      code: 'FW_DRIVER_MISSING',
      message: expect.stringContaining('npm install pg') as string,
    })
  })
})

describe('a schema', () => {
  test('of a newer release is left alone', async (context) => {
    const { open, query, schema, url } = await world(context, server?.url)
    await open()
    await query(`update "${schema}".meta set value = '99' where key = 'format'`)
    await expect(postgresDriver({ url, schema }).open()).rejects.toMatchObject({ code: 'FW_STORE_NEWER' })
  })

  test('of the release before is given what came since, and its jobs go on', async (context) => {
    const { open, query, schema } = await world(context, server?.url)
    const before = await open()
    await before.add(job('a'))
    await before.settleOne(await before.takeOne('q'), { kind: 'retry', error: 'unknown then' })
    await query(
      `alter table "${schema}".job drop column failures; delete from "${schema}".meta where key like 'functions%'`,
    )
    const hand = await open()
    await hand.settleOne(await hand.takeOne('q'), { kind: 'dead', reason: 'known now' })
    const [record] = await hand.driver.inspector!.find(['a'])
    expect(record).toMatchObject({ state: 'dead', attempts: 2, failures: [{ attempt: 2, error: 'known now' }] })
  })

  test('of somebody else is left alone', async (context) => {
    const { query, schema, url } = await world(context, server?.url)
    await query(`create schema "${schema}"`)
    await query(`create table "${schema}".orders (id int)`)
    await expect(postgresDriver({ url, schema }).open()).rejects.toMatchObject({
      code: 'FW_STORE_CORRUPT',
      message: expect.stringContaining('orders') as string,
    })
    await query(`drop table "${schema}".orders; create table "${schema}".meta (key text, value text)`)
    await expect(postgresDriver({ url, schema }).open()).rejects.toMatchObject({ code: 'FW_STORE_CORRUPT' })
  })

  test('is made once by many who race', async (context) => {
    const { query, schema, url, open } = await world(context, server?.url)
    const drivers = Array.from({ length: 8 }, () => postgresDriver({ url, schema, connections: 1 }))
    await Promise.all(drivers.map((driver) => driver.prepare()))
    await Promise.all(drivers.map((driver) => driver.close()))
    const rows = await query(`select key from "${schema}".meta where key like 'functions%'`)
    expect(rows).toEqual([{ key: `functions ${suffix}` }])
    const hand = await open()
    await hand.add(job('a'))
    expect(await hand.takeIds('q')).toEqual(['a'])
  })

  test('is shared by two releases: each has functions of its own, on the same tables', async (context) => {
    const { query, schema, open } = await world(context, server?.url)
    const hand = await open()
    await hand.add(job('a'))
    // A predecessor's functions, beside ours: they are no business of ours, and stay.
    await query(`create function "${schema}".reserve_00000000() returns int language sql as 'select 1'`)
    await query(`delete from "${schema}".meta where key like 'functions%'`)
    await query(`insert into "${schema}".meta values ('functions 00000000', now()::text)`)
    const next = await open()
    expect(await next.takeIds('q')).toEqual(['a'])
    expect(await query(`select "${schema}".reserve_00000000() as one`)).toEqual([{ one: 1 }])
  })
})

test('the server is left without a connection when all have closed', async (context) => {
  const { open, url } = await world(context, server?.url)
  const hand = await open()
  const waiting = hand.reserve('q', 1, { waitMs: 200 })
  await waiting
  await hand.driver.close()
  await vi.waitFor(async () => {
    const rows = await withClient(
      url,
      async (client: pg.Client) =>
        (await client.query("select 1 from pg_stat_activity where application_name like 'fiber-work%'")).rows,
    )
    expect(rows).toEqual([])
  })
})
