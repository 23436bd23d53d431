import { connect } from 'node:net'
import { onTestFinished, type TestContext } from 'vitest'
import { hasMariadb, MariadbServer, type MariadbServerOptions } from '../../stress/servers/mariadb.ts'

const needs = 'needs MariaDB or MySQL'

/**
 * The URL of a database that tests may share, each under a prefix of its own: `MYSQL_URL`, what listens on the standard port, or one
 * that is started for this process. Undefined where there is none: skip, and say `needs MariaDB or MySQL`.
 */
export async function sharedMysql(): Promise<string | undefined> {
  const given = process.env['MYSQL_URL']
  if (given !== undefined && given !== '') return given
  if (await listens(3306)) return 'mysql://root@127.0.0.1:3306/test'
  if (hasMariadb()) return (await MariadbServer.start()).url
  if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error(needs)
  return undefined
}

/** A server of this test alone, gone when it has finished. Skips the test where there is none to start. */
export async function ownMariadb(context: TestContext, options: MariadbServerOptions = {}): Promise<MariadbServer> {
  if (!hasMariadb()) {
    if (process.env['FIBER_WORK_REQUIRE_SERVICES'] === '1') throw new Error('needs mariadbd on the PATH')
    context.skip('needs mariadbd on the PATH')
  }
  const server = await MariadbServer.start(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const answer = (listening: boolean) => (socket.destroy(), resolve(listening))
    socket.once('connect', () => answer(true)).once('error', () => answer(false))
  })
}
