import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import postgres from 'postgres'
import { describe, expect, onTestFinished, test, type TestContext } from 'vitest'
import { job, type World, world } from '../../test/support/postgres-world.ts'
import type { PostgresDriver, PostgresTransaction } from './index.ts'

/** Begins a transaction of one client, hands it over, and commits or rolls back. */
type Client = (url: string, work: (tx: PostgresTransaction) => Promise<void>) => Promise<void>

const clients: Record<string, Client> = {
  async pg(url, work) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await client.query('begin')
      await work({ query: (text, params) => client.query(text, [...(params ?? [])]) })
      await client.query('commit')
    } finally {
      await client.end()
    }
  },
  async 'postgres.js'(url, work) {
    const client = postgres(url, { max: 1 })
    try {
      await client.begin((tx) => work({ query: (text, params) => tx.unsafe(text, [...(params ?? [])] as string[]) }))
    } finally {
      await client.end()
    }
  },
  async Kysely(url, work) {
    const db = new Kysely<object>({
      dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: 1 }) }),
    })
    try {
      await db
        .transaction()
        .execute((tx) => work({ query: (text, params) => tx.executeQuery(raw(text, params ?? [])) }))
    } finally {
      await db.destroy()
    }
  },
}

const raw = (text: string, params: readonly unknown[]) => ({
  ...sql.raw(text).compile(new Kysely<object>({ dialect: new PostgresDialect({ pool: new pg.Pool() }) })),
  parameters: params,
})

async function shop(context: TestContext): Promise<World & { driver: PostgresDriver }> {
  const all = await world(context)
  const hand = await all.open()
  return { ...all, driver: hand.driver as PostgresDriver }
}

describe.each(Object.entries(clients))("in a transaction of the user's own %s", (_name, transact) => {
  test('jobs exist when it commits, and wake who waits', async (context) => {
    const { url, driver, open } = await shop(context)
    const worker = await open()
    const waiting = worker.reserve('q', 10, { waitMs: 10_000 })
    await transact(url, async (tx) => {
      const added = await driver
        .within(tx)
        .enqueue([job('a', { unique: { key: 'k', mode: 'keep' } }), job('b', { due: { inMs: 60_000 } })])
      expect(added.map(({ outcome }) => outcome)).toEqual(['added', 'added'])
      expect(await worker.depth('q')).toMatchObject({ ready: 0, delayed: 0 })
    })
    expect((await waiting).jobs.map((taken) => taken.job.id)).toEqual(['a'])
    expect(await worker.depth('q')).toMatchObject({ running: 1, delayed: 1 })
  })

  test('neither jobs nor verdicts exist when it rolls back; a verdict holds when it commits, and once', async (context) => {
    const { url, driver, open } = await shop(context)
    const worker = await open()
    await worker.add(job('a'))
    const loan = await worker.takeOne('q')
    const items = [{ receipt: loan.receipt, verdict: { kind: 'done' } as const }]
    const failing = transact(url, async (tx) => {
      await driver.within(tx).enqueue([job('b')])
      expect(await driver.within(tx).settle(items)).toEqual([{ outcome: 'settled' }])
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await worker.depth('q')).toMatchObject({ ready: 0, running: 1 })
    await transact(url, async (tx) => {
      expect(await driver.within(tx).settle(items)).toEqual([{ outcome: 'settled' }])
    })
    expect(await worker.depth('q')).toMatchObject({ ready: 0, running: 0 })
    expect(await worker.settleOne(loan, { kind: 'done' })).toBe('stale')
  })
})

test('an open transaction of Db on the same database is joined, and no other', async (context) => {
  const { driver, url } = await shop(context)
  const { hostname, pathname } = new URL(url)
  const transaction = { dialect: 'postgres', place: `${hostname}:5432${pathname}` } as Parameters<
    PostgresDriver['join']
  >[0]
  expect(driver.join(transaction)).toBeTypeOf('function')
  expect(driver.settleIn(transaction)).toBeTypeOf('function')
  expect(driver.join({ ...transaction, place: `${hostname}:5432/other` })).toBeUndefined()
  expect(driver.join({ ...transaction, dialect: 'mysql' })).toBeUndefined()
})

describe('plain SQL', () => {
  test('enqueues from a trigger, with a unique key, a group and a delay', async (context) => {
    const { schema, query, open } = await world(context)
    const worker = await open()
    const orders = `${schema}_orders`
    onTestFinished(() => void query(`drop table if exists ${orders}`).catch(() => {}))
    await query(`create table ${orders} (id int)`)
    await query(`create function "${schema}".ordered() returns trigger language plpgsql as $$ begin
      perform "${schema}".enqueue('send-mail', jsonb_build_object('order', new.id), queue => 'mails', unique_key => 'order:' || new.id, "group" => 'shop');
      return new; end $$`)
    await query(`create trigger ordered after insert on ${orders} for each row execute function "${schema}".ordered()`)
    await query(`insert into ${orders} values (7), (7), (8)`)
    const loans = await worker.take('mails')
    expect(
      loans.map(({ job: { name, group, body, unique } }) => ({
        name,
        group,
        body: JSON.parse(body) as object,
        key: unique?.key,
      })),
    ).toEqual([
      { name: 'send-mail', group: 'shop', body: { v: 1, d: { order: 7 } }, key: 'order:7' },
      { name: 'send-mail', group: 'shop', body: { v: 1, d: { order: 8 } }, key: 'order:8' },
    ])
    const [again] = await query(
      `select * from "${schema}".enqueue('send-mail', queue => 'mails', unique_key => 'order:7')`,
    )
    expect(again).toEqual({ job_id: loans[0]!.job.id, outcome: 'duplicate' })
    await query(`select "${schema}".enqueue('later', delay_ms => 60000)`)
    expect(await worker.depth('default')).toMatchObject({ delayed: 1 })
    await query(`drop table ${orders}`)
  })

  test('refuses what no job can be called', async (context) => {
    const { schema, query, open } = await world(context)
    await open()
    await expect(query(`select "${schema}".enqueue('')`)).rejects.toThrow('FW_NAME_INVALID')
    await expect(query(`select "${schema}".enqueue('a', queue => e'b\\x1e')`)).rejects.toThrow('FW_NAME_INVALID')
    await expect(query(`select "${schema}".enqueue('a', priority => 10)`)).rejects.toThrow('FW_JOB_INVALID')
  })
})
