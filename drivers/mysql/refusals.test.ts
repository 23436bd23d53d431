import { createConnection } from 'mysql2/promise'
import { describe, expect, it, onTestFinished } from 'vitest'
import { installation, newPrefix } from '../../test/support/mysql-harness.ts'
import { ownMariadb } from '../../test/support/mysql.ts'
import { job } from '../../test/support/sqlite.ts'
import { cert, key } from '../../test/support/tls.ts'
import { Hand } from '../conformance/hand.ts'
import { loadMysql } from './client.ts'
import { mysqlDriver, mysqlStore } from './index.ts'
import { settingsOf } from './options.ts'
import { refuseOld } from './server.ts'

const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) as string })

describe('options', () => {
  it('the URL says where, and nothing else comes through', () => {
    const { server, place, prefix } = settingsOf({
      mysql: 'mariadb://u:p%40ss@db.example:3307/my%20db?prefix=app_&tls=true',
    })
    expect(server).toMatchObject({
      host: 'db.example',
      port: 3_307,
      user: 'u',
      password: 'p@ss',
      database: 'my db',
      ssl: { rejectUnauthorized: true },
    })
    expect([place, prefix]).toEqual(['db.example:3307/my db', 'app_'])
    expect(settingsOf({ mysql: 'mysql://localhost/test' })).toMatchObject({
      prefix: 'fiber_work_',
      place: 'localhost:3306/test',
    })
    expect(settingsOf({ mysql: 'mysql://h/d?tls=unverified' }).server.ssl).toMatchObject({ rejectUnauthorized: false })
  })

  it.for([
    ['mysql://u:geheim@host', /names no database/],
    ['mysql://u:geheim@host/a/b', /too long/],
    ['mysql://u:geheim@host/a?prefx=x', /Did you mean "prefix"/],
    ['mysql://u:geheim@host/a?tls=maybe', /allowed are/],
    ['mysql://u:geheim@host/a?ca=/nowhere/ca.pem', /cannot be read/],
    ['mysql://u:geheim@host/%zz', /%25/],
    ['postgres://u:geheim@host/a', /not of the form/],
  ] as const)('%s is refused', ([url, message]) => {
    try {
      settingsOf({ mysql: url })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject(refusal('FW_CONFIG_INVALID', message))
      expect(String(error)).not.toContain('geheim')
    }
  })

  it.for(['x; drop table a', '`', 'a`b', "a'b", 'a b', '', '1a', 'a-b', 'é', 'a'.repeat(41), 'a.b'])(
    'a prefix %j is refused',
    (prefix) => {
      expect(() => mysqlDriver({ mysql: 'mysql://h/d', prefix })).toThrow(/prefix is/)
    },
  )

  it('numbers are numbers', () => {
    expect(() => mysqlDriver({ mysql: 'mysql://h/d', leaseMs: 0 })).toThrow(/leaseMs is 0/)
    expect(() => mysqlDriver({ mysql: 'mysql://h/d', connectionsMax: 1.5 })).toThrow(/connectionsMax/)
    expect(() => mysqlDriver({ mysql: 7 as never })).toThrow(/give a URL/)
    expect(() => mysqlDriver({ mysql: { host: 'h' } })).toThrow(/database is missing/)
  })

  it('a missing client says what to install', async () => {
    const missing = Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' })
    await expect(loadMysql(() => Promise.reject(missing))).rejects.toMatchObject(
      refusal('FW_DRIVER_MISSING', /npm install mysql2/),
    )
    await expect(loadMysql(() => Promise.reject(new Error('else')))).rejects.toThrow('else')
  })

  it.for([
    ['10.5.23-MariaDB', true],
    ['5.5.5-10.4.1-MariaDB', true],
    ['5.7.44', false],
    ['8.0.0', false],
  ] as const)('%s is too old', ([version, isMaria]) => {
    expect(() => refuseOld(version, isMaria, 'h')).toThrow(/needed is MariaDB ≥ 10.6 or MySQL ≥ 8.0.1/)
  })

  it('newer ones are not', () => {
    for (const [version, isMaria] of [
      ['10.6.0-MariaDB', true],
      ['5.5.5-10.11.2-MariaDB', true],
      ['11.4.2-MariaDB', true],
      ['8.0.1', false],
      ['9.1.0', false],
    ] as const) {
      expect(() => refuseOld(version, isMaria, 'h')).not.toThrow()
    }
  })
})

describe('the server', () => {
  it('says no in one line: password, database, port, host', async (context) => {
    const { url } = await installation(context)
    const { hostname, port } = new URL(url)
    const open = (text: string) => new Hand(mysqlDriver({ mysql: text })).open()
    const nobody = `mysql://nobody_${process.pid}:geheim@${hostname}:${port}/test`
    await expect(open(nobody)).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
    await expect(open(nobody)).rejects.not.toThrow(/geheim/)
    await expect(open(url.replace(/\/[^/]*$/, '/no_such_database'))).rejects.toMatchObject(
      refusal('FW_CONNECT_FAILED', /no database of this name/),
    )
    await expect(open(`mysql://root@${hostname}:1/test`)).rejects.toMatchObject({
      code: 'FW_CONNECT_FAILED',
      retryable: true,
    })
    await expect(open('mysql://root@no.such.host.invalid/test')).rejects.toMatchObject(
      refusal('FW_CONNECT_FAILED', /host/),
    )
  })

  it('without TLS refuses TLS, and with TLS is verified', async (context) => {
    const plain = await installation(context)
    await expect(
      new Hand(mysqlDriver({ mysql: `${plain.url}?tls=true`, prefix: plain.prefix })).open(),
    ).rejects.toMatchObject({ code: 'FW_CONNECT_FAILED', retryable: false })
    const server = await ownMariadb(context, { tls: { key, cert, ca: cert } })
    const stranger = new Hand(mysqlDriver({ mysql: `${server.url}?tls=true` }))
    await expect(stranger.open()).rejects.toMatchObject(refusal('FW_CONNECT_FAILED', /certificate/))
    const known = new Hand(mysqlDriver({ mysql: `${server.url}?tls=true&ca=${server.folder}/ca.pem` }))
    onTestFinished(() => known.driver.close())
    await known.driver.prepare()
    await known.open()
    await known.add(job('a'))
    const sql = await createConnection(server.url)
    await sql.query("create user weak@'127.0.0.1' identified by 'geheim'; ".replace('; ', ''))
    await sql.query("grant select on test.* to weak@'127.0.0.1'")
    await sql.end()
    const weak = new Hand(mysqlDriver({ mysql: server.url.replace('root@', 'weak:geheim@') }))
    onTestFinished(() => weak.driver.close().catch(() => {}))
    await expect(weak.open()).rejects.toMatchObject(refusal('FW_STORE_FAILED', /rights/))
  }, 30_000)
})

describe('the tables', () => {
  it('before prepare() are not there, and it says so', async (context) => {
    const { url } = await installation(context)
    const hand = new Hand(mysqlDriver({ mysql: url, prefix: newPrefix() }))
    onTestFinished(() => hand.driver.close().catch(() => {}))
    await expect(hand.open()).rejects.toMatchObject(refusal('FW_STORE_FAILED', /prepare\(\) makes them/))
  })

  it('of the release before are given what came since, and their jobs go on', async (context) => {
    const at = await installation(context)
    const before = await at.open()
    await before.add(job('a'))
    await before.settleOne(await before.takeOne('q'), { kind: 'retry', error: 'unknown then' })
    await at.sql.query(`alter table ${at.prefix}job drop column failures`)
    await before.driver.prepare()
    await before.settleOne(await before.takeOne('q'), { kind: 'dead', reason: 'known now' })
    const [record] = await before.driver.inspector!.find(['a'])
    expect(record).toMatchObject({ state: 'dead', attempts: 2, failures: [{ attempt: 2, error: 'known now' }] })
  })

  it('of a newer format, or of somebody else, are refused', async (context) => {
    const at = await installation(context)
    const hand = await at.open()
    await at.sql.query(`update ${at.prefix}meta set value = 99 where name = 'format'`)
    await expect(hand.driver.prepare()).rejects.toMatchObject(refusal('FW_STORE_NEWER', /format 99/))
    const prefix = newPrefix()
    await at.sql.query(`create table ${prefix}job (id int)`)
    const stranger = mysqlDriver({ mysql: at.url, prefix })
    onTestFinished(() => at.sql.query(`drop table ${prefix}job`).then(() => stranger.close()))
    await expect(stranger.prepare()).rejects.toMatchObject(refusal('FW_STORE_CORRUPT', /somebody else/))
  })

  it('are made once by many that race, and after somebody was stopped half-way', async (context) => {
    const at = await installation(context)
    const stores = Array.from({ length: 6 }, () => mysqlStore(at.url, { prefix: at.prefix })())
    await Promise.all(stores.map((driver) => driver.prepare()))
    await at.sql.query(`drop table ${at.prefix}ledger; delete from ${at.prefix}meta where name = 'format'`)
    await stores[0]!.prepare()
    await new Hand(stores[0]!).open()
    expect(await stores[0]!.ledger.read(['x'])).toEqual([undefined])
    await Promise.all(stores.map((driver) => driver.close()))
  })

  it("that are emptied under a running worker give an error, not somebody else's queue", async (context) => {
    const at = await installation(context)
    const hand = await at.open()
    await hand.add(job('a'))
    await at.sql.query(
      `delete from ${at.prefix}queue; delete from ${at.prefix}line; delete from ${at.prefix}job; delete from ${at.prefix}ready`,
    )
    await expect(hand.enqueue([job('b')])).rejects.toMatchObject({ code: 'FW_STORE_FAILED', retryable: true })
    expect(await hand.enqueue([job('b')])).toEqual([{ outcome: 'added', id: 'b' }])
  })

  it('diagnose() tells what the server is like', async (context) => {
    const hand = await (await installation(context)).open()
    const findings = await hand.driver.diagnose!()
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'version',
        'durability',
        'binlog',
        'max_allowed_packet',
        'read_only',
        'isolation',
        'transactions',
      ]),
    )
  })
})
