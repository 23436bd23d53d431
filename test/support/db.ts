import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import { createDb, type DbConnectionOptions, type OwnDb } from '../../src/index.ts'

/** A database that tests may share, each in tables of its own. */
export interface TestDatabase {
  kind: 'sqlite' | 'postgres' | 'mysql'
  url: string
  /** Placeholders, the first one first. */
  p: (n: number) => string
  /** A statement that takes so long on the server. */
  sleep: (seconds: number) => string
}

const question = () => '?'
const standard = {
  postgres: { env: 'POSTGRES_URL', port: 5432, url: 'postgres://postgres@127.0.0.1:5432/test' },
  mysql: { env: 'MYSQL_URL', port: 3306, url: 'mysql://root@127.0.0.1:3306/test' },
} as const

/** What listens at `POSTGRES_URL` or `MYSQL_URL`, or on the standard port. Undefined where there is none: skip, and say what is needed. */
export async function sharedServer(kind: 'postgres' | 'mysql'): Promise<TestDatabase | undefined> {
  const { env, port, url } = standard[kind]
  const given = process.env[env]
  const found = given !== undefined && given !== '' ? given : (await listens(port)) ? url : undefined
  if (found === undefined && process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(`needs ${env}`)
  if (found === undefined) return undefined
  return kind === 'postgres'
    ? { kind, url: found, p: (n) => `$${n}`, sleep: (s) => `select pg_sleep(${s})` }
    : { kind, url: found, p: question, sleep: (s) => `select sleep(${s})` }
}

export const sqliteAt = (file: string): TestDatabase => ({
  kind: 'sqlite',
  url: `sqlite:${file}`,
  p: question,
  sleep: () => 'select 1',
})

let tables = 0
export const tableName = (): string => `fw_test_${process.pid}_${++tables}`

/** A `Db` of this test alone, with few connections. */
export function ownDb(at: TestDatabase, options: Partial<DbConnectionOptions> = {}): OwnDb {
  const db = createDb({ connections: { default: { url: at.url, poolMax: 3, waitMsMax: 10_000, ...options } } })
  onTestFinished(() => db.close())
  return db
}

/** An empty table `(id, name)` that is gone with the test. */
export async function ownTable(at: TestDatabase, db: OwnDb): Promise<string> {
  const table = tableName()
  const engine = at.kind === 'mysql' ? ' engine = innodb' : ''
  await db.run(`create table ${table} (id int primary key, name varchar(100))${engine}`)
  onTestFinished(async () => {
    const tidy = createDb({ connections: { default: at.url } })
    await tidy.run(`drop table if exists ${table}`)
    await tidy.close()
  })
  return table
}

export const idsOf = async (db: Pick<OwnDb, 'query'>, table: string): Promise<number[]> =>
  (await db.query<{ id: number }>(`select id from ${table} order by id`)).map(({ id }) => id)

export const failsWith = (code: string) => ({ code })

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
