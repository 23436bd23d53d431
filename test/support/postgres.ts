import { connect } from 'node:net'
import { hasPostgresServer, PostgresServer, type PostgresServerOptions } from '../../stress/servers/postgres.ts'

const needs = 'needs PostgreSQL'

/**
 * The URL of a server that tests may share, each in a schema of its own: `POSTGRES_URL`, or what listens on the standard port. Undefined
 * where there is none: skip, and say `needs PostgreSQL`.
 */
export async function sharedPostgres(): Promise<string | undefined> {
  const given = process.env['POSTGRES_URL']
  if (given !== undefined && given !== '') return given
  if (await listens(5432)) return 'postgres://root@127.0.0.1/test'
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return undefined
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}

/** A server of this test file alone. Skips where there is none to start. */
export async function ownPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer | undefined> {
  if (hasPostgresServer()) return PostgresServer.start(options)
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(`${needs}: initdb and postgres`)
  return undefined
}
