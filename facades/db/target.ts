import type { Env } from '../../src/base/env.ts'
import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { MysqlDialect } from './mysql.ts'
import type { ConnectionSettings } from './options.ts'
import { PostgresDialect } from './postgres.ts'
import { SqliteDialect } from './sqlite.ts'
import type { Dialect } from './wire.ts'

/** What a URL leads to. */
export interface Target {
  kind: Dialect['kind']
  /** The database, without user and password: `host:port/database`, or the path of a file. */
  place: string
  poolMax: number
  dialect: (settings: ConnectionSettings, env: Env) => Dialect
}

const kinds: Record<string, Dialect['kind']> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
  'sqlite:': 'sqlite',
}
const ports = { postgres: '5432', mysql: '3306' } as const
/** Of a file: each is another reader, and writers take turns anyway. */
const filesMax = 4

/** Throws `FW_CONFIG_INVALID`. */
export function targetOf(url: string): Target {
  const protocol = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase()
  const kind = protocol === undefined ? undefined : kinds[protocol]
  if (protocol === undefined || kind === undefined) throw unknown(url, protocol)
  if (kind === 'sqlite') {
    const path = pathOf(url)
    const dialect = (settings: ConnectionSettings, env: Env) => new SqliteDialect(path, env, settings.waitMsMax)
    const place = path === ':memory:' ? path : new SqliteDialect(path, undefined as never, 0).file
    return { kind, place, poolMax: filesMax, dialect }
  }
  if (!URL.canParse(url))
    throw invalid(`"${redactUrl(url)}" is not a URL; a password's @ : / ? # % are written as %40 …`)
  const { hostname, port, pathname } = new URL(url)
  const place = `${hostname || 'localhost'}:${port || ports[kind]}${pathname}`
  const dialect =
    kind === 'mysql'
      ? ({ connectMsMax }: ConnectionSettings, env: Env) => new MysqlDialect(url, connectMsMax, env)
      : () => new PostgresDialect(url)
  return { kind, place, poolMax: 50, dialect }
}

/** The path of `sqlite:./app.db`, `sqlite:/data/app.db`, `sqlite:///data/app.db` or `sqlite::memory:`. */
function pathOf(url: string): string {
  const path = url
    .slice(url.indexOf(':') + 1)
    .replace(/[?#].*$/s, '')
    .replace(/^\/\/(?=\/)/, '')
  if (path === '') throw invalid('A sqlite URL needs a path: sqlite:./app.db')
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalid(`The path "${path}" of the sqlite URL has a % that escapes nothing; write it as %25.`)
  }
}

function unknown(url: string, protocol: string | undefined): FiberWorkError {
  if (protocol === undefined) {
    return invalid(`"${redactUrl(url)}" is not a database URL; write postgres://user@host/database for example.`)
  }
  const near = nearest(protocol, Object.keys(kinds))
  return invalid(
    `Db does not speak "${protocol}". ${near === undefined ? `It speaks ${Object.keys(kinds).join(' ')}` : `Did you mean "${near}"?`}`,
  )
}

const invalid = (message: string) => new FiberWorkError('FW_CONFIG_INVALID', message)
