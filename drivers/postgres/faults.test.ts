import pg from 'pg'
import { afterAll, describe, expect, onTestFinished, test, type TestContext, vi } from 'vitest'
import { FaultProxy } from '../../stress/proxy/proxy.ts'
import type { PostgresServer } from '../../stress/servers/postgres.ts'
import { ownPostgres } from '../../test/support/postgres.ts'
import { job, type World, world } from '../../test/support/postgres-world.ts'
import { Hand } from '../conformance/hand.ts'
import { type PostgresOptions, postgresDriver } from './index.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

// One server for the file; whoever has stopped it has started it again.
const server = await ownPostgres({ config: { fsync: 'off', max_connections: 20 } })
afterAll(async () => server?.[Symbol.asyncDispose]())

interface Place extends World {
  server: PostgresServer
  proxy: FaultProxy
  /** A worker behind the proxy. */
  behind(options?: PostgresOptions): Promise<Hand>
}

async function place(context: TestContext): Promise<Place> {
  if (server === undefined) return context.skip('needs initdb and postgres')
  const all = await world(context, server.url)
  const proxy = await FaultProxy.start({ port: server.port })
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  const behind = async (options: PostgresOptions = {}) => {
    const url = `postgres://postgres@127.0.0.1:${proxy.port}/postgres`
    const hand = new Hand(
      postgresDriver({ url, schema: all.schema, silenceMs: 1_000, connectTimeoutMs: 1_000, ...options }),
    )
    onTestFinished(() => hand.driver.close().catch(() => {}))
    return hand.open()
  }
  return { ...all, server, proxy, behind }
}

/** Asked again and again under the same call, it is done, and once. */
async function recovers(hand: Hand, id: string): Promise<void> {
  const call = hand.call()
  await vi.waitFor(() => hand.driver.enqueue(call, [job(id)]), { timeout: 15_000, interval: 50 })
  expect((await hand.depth('q')).ready).toBe(1)
}

describe('a worker goes on after', () => {
  test.for(['reset', 'end'] as const)('a cut connection (%s)', async (how, context) => {
    const { behind, proxy } = await place(context)
    const hand = await behind()
    proxy.cut(how)
    await recovers(hand, 'a')
  })

  test('a black hole, and says so in time', async (context) => {
    const { behind, proxy } = await place(context)
    const hand = await behind()
    proxy.blackhole('all')
    await expect(hand.depth('q')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    await proxy.heal()
    await recovers(hand, 'a')
  })

  test('a slow network', async (context) => {
    const { behind, proxy } = await place(context)
    const hand = await behind()
    proxy.delay(50)
    await recovers(hand, 'a')
  })

  test.for(['SIGINT', 'SIGQUIT', 'SIGKILL'] as const)(
    'a restart of the server (%s), with what was acknowledged',
    async (signal, context) => {
      const { server, behind } = await place(context)
      const hand = await behind()
      await hand.add(job('a'))
      const loan = await hand.takeOne('q')
      await server.restart(signal)
      const call = hand.call()
      const items = [{ receipt: loan.receipt, verdict: { kind: 'done' } as const }]
      const settled = await vi.waitFor(() => hand.driver.settle(call, items), { timeout: 15_000, interval: 50 })
      expect(settled).toEqual([{ outcome: 'settled' }])
      await recovers(hand, 'b')
    },
  )

  test('somebody has ended its connections (57P01), and it still hears the bell', async (context) => {
    const { behind, query, open } = await place(context)
    const [hand, other] = [await behind(), await open()]
    // Its own question may be what was ended; then it asks again.
    const waiting = hand.reserve('q', 1, { waitMs: 15_000 }).catch(() => undefined)
    await vi.waitFor(async () => {
      const [row] = await query(
        "select count(*)::int as n from pg_stat_activity where application_name = 'fiber-work:bell'",
      )
      expect(row!['n']).toBeGreaterThan(0)
    })
    await query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'fiber-work%' and pid <> pg_backend_pid()",
    )
    await vi.waitFor(() => other.driver.enqueue(other.call(), [job('a')]), { timeout: 10_000 })
    const { jobs } = (await waiting) ?? (await hand.reserve('q', 1, { waitMs: 5_000 }))
    expect(jobs.map((taken) => taken.job.id)).toEqual(['a'])
  })
})

describe('a reply that is lost after the commit', () => {
  test('is given again, and nothing happens twice', async (context) => {
    const { behind, proxy, client, schema, query, open } = await place(context)
    const [hand, other] = [await behind(), await open()]
    await hand.add(job('a'), job('b'))
    // The server waits for us in the middle of the call: the request has come, and its answer falls into the hole.
    const [row] = await query(`select s from "${schema}".session where name = $1`, [hand.session])
    await query('begin')
    await query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`${schema}/lane/${String(row!['s'])}/0`])
    const call = hand.call()
    const want = { demand: [{ queue: 'q', limit: 1 }], limit: 1, waitMs: 0, signal: new AbortController().signal }
    const lost = hand.driver.reserve(call, want)
    await vi.waitFor(async () => {
      const { rows } = await client.query<{ n: number }>(
        "select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted",
      )
      expect(rows[0]!.n).toBe(1)
    })
    proxy.blackhole('open')
    await query('commit')
    await expect(lost).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    expect(await other.depth('q')).toMatchObject({ ready: 1, running: 1 })
    const again = await hand.driver.reserve(call, want)
    expect(again.jobs.map((taken) => taken.job.id)).toEqual(['a'])
    expect(await other.depth('q')).toMatchObject({ ready: 1, running: 1 })
    expect(await hand.settleOne(again.jobs[0]!, { kind: 'done' })).toBe('settled')
  })
})

describe('what the server says of itself is told, with what to do', () => {
  test('a deadlock is settled by asking again', async (context) => {
    const { schema, open, query } = await place(context)
    const hand = await open()
    await hand.add(job('a'))
    await query(`create function "${schema}".deadlock() returns trigger language plpgsql as $$ begin
      if nextval('"${schema}".tries') < 3 then raise exception 'deadlock detected' using errcode = '40P01'; end if; return new; end $$`)
    await query(`create sequence "${schema}".tries`)
    await query(
      `create trigger deadlock before insert on "${schema}".job for each row execute function "${schema}".deadlock()`,
    )
    await hand.add(job('b'))
    expect((await hand.depth('q')).ready).toBe(2)
  })

  const refusals = [
    ['40P01', 'FW_STORE_FAILED', true],
    ['40001', 'FW_STORE_FAILED', true],
    ['55P03', 'FW_STORE_FAILED', true],
    ['57014', 'FW_STORE_FAILED', true],
    ['53100', 'FW_STORE_FULL', true],
    ['53200', 'FW_STORE_FULL', true],
    ['25006', 'FW_STORE_READONLY', true],
    ['57P01', 'FW_STORE_FAILED', true],
    ['42501', 'FW_STORE_FAILED', false],
    ['XX001', 'FW_STORE_CORRUPT', false],
  ] as const
  test('each SQLSTATE has a code, and says whether it is worth asking again', async (context) => {
    const { schema, open, query } = await place(context)
    const hand = await open({ connections: 1 })
    await query(`create table "${schema}".says (state text)`)
    await query(`create function "${schema}".refuse() returns trigger language plpgsql as $$ begin
      raise exception 'as told' using errcode = (select state from "${schema}".says); end $$`)
    await query(
      `create trigger refuse before insert on "${schema}".job for each row execute function "${schema}".refuse()`,
    )
    for (const [state, code, retryable] of refusals) {
      await query(`delete from "${schema}".says`)
      await query(`insert into "${schema}".says values ($1)`, [state])
      await expect(hand.enqueue([job('a')]), state).rejects.toMatchObject({ code, retryable })
    }
    await query(`drop trigger refuse on "${schema}".job`)
    await recovers(hand, 'b')
  })

  test('a standby, or a server that takes no writes', async (context) => {
    const { open, query } = await place(context)
    const hand = await open()
    await query("alter system set default_transaction_read_only = 'on'")
    await query('select pg_reload_conf()')
    onTestFinished(async () => {
      await query('set transaction_read_only = off').catch(() => {})
      const admin = new pg.Client({ connectionString: server!.url, options: '-c default_transaction_read_only=off' })
      await admin.connect()
      await admin.query('alter system reset default_transaction_read_only')
      await admin.query('select pg_reload_conf()')
      await admin.end()
    })
    const refused = { code: 'FW_STORE_READONLY', retryable: true }
    await vi.waitFor(() => expect(hand.enqueue([job('a')])).rejects.toMatchObject(refused), { timeout: 10_000 })
  })

  test('too many connections', async (context) => {
    const { server, schema } = await place(context)
    const clients: pg.Client[] = []
    onTestFinished(async () => void (await Promise.all(clients.map((client) => client.end().catch(() => {})))))
    try {
      for (let i = 0; i < 30; i++) {
        const client = new pg.Client({ connectionString: server.url })
        client.on('error', () => {})
        await client.connect()
        clients.push(client)
      }
    } catch {
      // It is full now.
    }
    const late = postgresDriver({ url: server.url, schema })
    await expect(late.open()).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
  })
})
