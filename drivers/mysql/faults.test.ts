import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { describe, expect, it, onTestFinished, type TestContext, vi } from 'vitest'
import { FaultProxy } from '../../stress/proxy/proxy.ts'
import type { MariadbServer } from '../../stress/servers/mariadb.ts'
import { ownMariadb } from '../../test/support/mysql.ts'
import { installation } from '../../test/support/mysql-harness.ts'
import { job, jobs } from '../../test/support/sqlite.ts'
import { done, Hand, idsOf } from '../conformance/hand.ts'
import { mysqlDriver, type MysqlOptions } from './index.ts'

vi.setConfig({ testTimeout: 60_000 })

async function opened(url: string, options: Partial<MysqlOptions> = {}): Promise<Hand> {
  const hand = new Hand(mysqlDriver({ mysql: url, ...options }))
  onTestFinished(() => hand.driver.close().catch(() => {}))
  await hand.driver.prepare()
  return hand.open()
}

async function proxied(server: MariadbServer): Promise<{ proxy: FaultProxy; url: string }> {
  const proxy = await FaultProxy.start(server)
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return { proxy, url: `mysql://root@127.0.0.1:${proxy.port}/test` }
}

async function admin(context: TestContext, server: MariadbServer) {
  const sql = await createConnection({ uri: server.url, multipleStatements: true })
  sql.on('error', () => {})
  onTestFinished(() => sql.destroy())
  void context
  return sql
}

/** The same call again and again, as the core does. */
async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  return vi.waitFor(call, { timeout: 20_000, interval: 50 })
}

describe('one server of our own', () => {
  it('is killed and started again, cut off and black-holed: what was acknowledged is there, and calls go on', async (context) => {
    const server = await ownMariadb(context)
    const { proxy, url } = await proxied(server)
    const hand = await opened(url, { silenceMs: 1_000, connectTimeoutMs: 1_000 })
    await hand.add(...jobs(100))
    await server.kill('SIGKILL')
    await expect(hand.enqueue([job('x')])).rejects.toMatchObject({ retryable: true })
    await server.start()
    const [first] = await untilAnswered(() => hand.take('q', 1))
    expect(await hand.settleOne(first!, done)).toBe('settled')

    for (const how of ['reset', 'end'] as const) {
      proxy.cut(how)
      const call = hand.call()
      const { jobs: loans } = await untilAnswered(() => hand.reserve('q', 1, { call }))
      expect(loans.length).toBe(1)
    }
    proxy.blackhole('open')
    await expect(hand.depth('q')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT', retryable: true })
    await proxy.heal()
    const depth = await untilAnswered(() => hand.depth('q'))
    expect(depth).toMatchObject({ ready: 97, running: 2 })

    await server.restart('SIGTERM')
    expect((await untilAnswered(() => hand.depth('q'))).ready).toBe(97)
  })

  it('loses its reply after the commit: the same call answers the same, and nothing is done twice', async (context) => {
    const server = await ownMariadb(context)
    const { proxy, url } = await proxied(server)
    const [hand, near] = [await opened(url), await opened(server.url)]
    proxy.delay(150)
    const call = hand.call()
    const lost = hand.enqueue([job('a'), job('b')], call)
    await vi.waitFor(async () => expect((await near.depth('q')).ready).toBe(2), { timeout: 10_000, interval: 5 })
    proxy.cut()
    await expect(lost).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
    proxy.delay(0)
    expect(await untilAnswered(() => hand.enqueue([job('a'), job('b')], call))).toEqual([
      { outcome: 'added', id: 'a' },
      { outcome: 'added', id: 'b' },
    ])
    proxy.delay(150)
    const taking = hand.call()
    const wish = hand.reserve('q', 10, { call: taking })
    await vi.waitFor(async () => expect((await near.depth('q')).running).toBe(2), { timeout: 10_000, interval: 5 })
    proxy.cut()
    await expect(wish).rejects.toMatchObject({ retryable: true })
    proxy.delay(0)
    const { jobs: loans } = await untilAnswered(() => hand.reserve('q', 10, { call: taking }))
    expect(idsOf(loans)).toEqual(['a', 'b'])
    expect(await hand.settle(loans, done)).toEqual([{ outcome: 'settled' }, { outcome: 'settled' }])
  })

  it('answers with what it cannot do: each has a code, and says whether to try again', async (context) => {
    const server = await ownMariadb(context, { config: { 'max-connections': 10, 'max-allowed-packet': '1M' } })
    const sql = await admin(context, server)
    const hand = await opened(server.url)
    await hand.add(job('a'))

    await sql.query('set global read_only = 1')
    await sql.query("create user app@'127.0.0.1' identified by 'geheim'; grant all on test.* to app@'127.0.0.1'")
    const app = server.url.replace('root@', 'app:geheim@')
    const reader = new Hand(mysqlDriver({ mysql: app }))
    const readonly = { code: 'FW_STORE_READONLY', retryable: true }
    await expect(reader.open()).rejects.toMatchObject(readonly)
    await reader.driver.close().catch(() => {})
    await sql.query('set global read_only = 0')

    const large = hand.enqueue([job('large', { body: 'x'.repeat(1_200_000) })])
    await expect(large).rejects.toMatchObject({ code: 'FW_BODY_TOO_LARGE', retryable: false })

    const others = await Promise.all(
      Array.from({ length: 10 }, () => createConnection(server.url).catch(() => undefined)),
    )
    const full = new Hand(mysqlDriver({ mysql: app }))
    await expect(full.open()).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: true })
    for (const other of others) other?.destroy()
    expect(await hand.takeIds('q')).toEqual(['a'])
  })
})

it('a connection that is given up is closed at once: its process does not wait for who does not answer', async (context) => {
  const server = await ownMariadb(context)
  const { proxy, url } = await proxied(server)
  const sockets: Socket[] = []
  const note = (message: unknown) => void sockets.push((message as { socket: Socket }).socket)
  subscribe('net.client.socket', note)
  onTestFinished(() => void unsubscribe('net.client.socket', note))
  const hand = await opened(url, { silenceMs: 300, connectTimeoutMs: 300 })
  const ours = sockets.filter(({ remotePort }) => remotePort === proxy.port)
  expect(ours.length).toBeGreaterThan(0)
  proxy.blackhole()
  await expect(hand.depth('q')).rejects.toMatchObject({ code: 'FW_CALL_TIMEOUT' })
  await hand.driver.close().catch(() => {})
  expect(ours.map(({ destroyed }) => destroyed)).toEqual(ours.map(() => true))
})

it('a full disk is told, nothing is half written, and what was acknowledged is worked off when there is space again', async (context) => {
  // All tables in one file that may not grow.
  const server = await ownMariadb(context, {
    config: { 'innodb-file-per-table': 0, 'innodb-data-file-path': 'ibdata1:12M:autoextend:max:24M' },
  })
  const hand = await opened(server.url)
  const body = JSON.stringify('x'.repeat(500_000))
  let acknowledged = 0
  const fill = async () => {
    for (; acknowledged < 200; acknowledged++) await hand.enqueue([job(`job-${acknowledged}`, { body })])
  }
  await expect(fill()).rejects.toMatchObject({ code: 'FW_STORE_FULL', retryable: true })
  expect((await hand.depth('q')).ready).toBe(acknowledged)
  appendFileSync(join(server.folder, 'my.cnf'), 'innodb-data-file-path = ibdata1:12M:autoextend:max:96M\n')
  await server.restart()
  const loans = await untilAnswered(() => hand.take('q', 5))
  expect(loans.length).toBe(5)
  expect(new Set((await hand.settle(loans, done)).map(({ outcome }) => outcome))).toEqual(new Set(['settled']))
  await untilAnswered(() => hand.enqueue([job('small')]))
})

describe('somebody else at the same rows', () => {
  it('a long transaction that keeps a queue locked is waited for; then it fails, retryable', async (context) => {
    const at = await installation(context)
    const hand = await at.open()
    await hand.add(job('a'))
    await at.sql.beginTransaction()
    await at.sql.query(`select * from ${at.prefix}queue for update`)
    const waiting = hand.enqueue([job('b')])
    await sleep(3_500)
    await at.sql.rollback()
    expect(await waiting).toEqual([{ outcome: 'added', id: 'b' }])
  })

  it('a deadlock is resolved against us: the call begins anew, and nobody learns of it', async (context) => {
    const at = await installation(context)
    const hand = await at.open()
    await hand.add(job('a', { queue: 'one' }), job('b', { queue: 'two' }))
    await at.sql.beginTransaction()
    // Heavy, so that the victim is the other one.
    await at.sql.query(
      `insert into ${at.prefix}meta values ${Array.from({ length: 200 }, (_, i) => `('x${i}', 1)`).join(',')}`,
    )
    await at.sql.query(
      `select * from ${at.prefix}queue where q = (select max(q) from (select q from ${at.prefix}queue) t) for update`,
    )
    const moving = hand.enqueue([job('c', { queue: 'one' }), job('d', { queue: 'two' })])
    await sleep(300)
    await at.sql.query(
      `select * from ${at.prefix}queue where q = (select min(q) from (select q from ${at.prefix}queue) t) for update`,
    )
    await at.sql.rollback()
    expect((await moving).map(({ outcome }) => outcome)).toEqual(['added', 'added'])
  })

  it('a process that stands still in the middle of a call keeps the queue locked for two seconds only', async (context) => {
    const at = await installation(context)
    const [hand, other] = [await at.open(), await at.open()]
    await hand.add(job('a'))
    const sleeper = await createConnection(at.url)
    sleeper.on('error', () => {})
    onTestFinished(() => sleeper.destroy())
    await sleeper.query('set session idle_transaction_timeout = 2')
    await sleeper.beginTransaction()
    await sleeper.query(`select * from ${at.prefix}queue for update`)
    const fromMs = performance.now()
    expect(await other.takeIds('q')).toEqual(['a'])
    expect(performance.now() - fromMs).toBeLessThan(10_000)
  })

  it('workers that fight for one queue take each job once', async (context) => {
    const at = await installation(context)
    const hands = await Promise.all(Array.from({ length: 4 }, () => at.open()))
    await hands[0]!.add(...jobs(300))
    const taken = await Promise.all(
      hands.map(async (hand) => {
        const mine: string[] = []
        for (let loans = await hand.take('q', 20); loans.length > 0; loans = await hand.take('q', 20)) {
          mine.push(...idsOf(loans))
          await hand.settle(loans, done)
        }
        return mine
      }),
    )
    expect(taken.flat().length).toBe(300)
    expect(new Set(taken.flat()).size).toBe(300)
  })
})
