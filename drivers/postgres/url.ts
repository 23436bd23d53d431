import { readFileSync } from 'node:fs'
import type { ClientConfig } from 'pg'
import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'

/** What a URL leads to. */
export interface Target {
  /** `host:port/database`, without user and password. */
  place: string
  /** For pg; can be cloned to a thread. */
  config: ClientConfig
  /** `sslmode=verify-ca`: the certificate may be for another host. */
  anyHost: boolean
  schema?: string
  connections?: number
  listen?: string
}

const parameters = [
  'schema',
  'connections',
  'listen',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'application_name',
] as const
type Parameters = Partial<Record<(typeof parameters)[number], string>>

const modes = ['disable', 'require', 'verify-ca', 'verify-full'] as const

/**
 * `postgres://user:password@host:5432/database?schema=fiber_work&sslmode=verify-full`; a socket's folder as `?host=/var/run/postgresql`.
 * @throws FW_CONFIG_INVALID
 */
export function parsePostgresUrl(text: string): Target {
  if (!/^postgres(?:ql)?:\/\//i.test(text) || !URL.canParse(text)) {
    throw invalid(
      text,
      'it is not of the form postgres://user:password@host:port/database (a / ? # or @ in a password is written in %XX)',
    )
  }
  const url = new URL(text)
  const given = parametersOf(text, url)
  const user = decoded(text, url.username)
  const password = decoded(text, url.password)
  const database = decoded(text, url.pathname.slice(1)) || user || 'postgres'
  if (database.includes('/')) throw invalid(text, 'its path is too long: one database')
  const host = given.host ?? (decoded(text, url.hostname).replace(/^\[|\]$/g, '') || 'localhost')
  const port = url.port === '' ? 5432 : Number(url.port)
  return {
    place: `${host}:${port}/${database}`,
    config: {
      host,
      port,
      database,
      ...(user !== '' && { user }),
      ...(password !== '' && { password }),
      ...(given.application_name !== undefined && { application_name: given.application_name }),
      ssl: tlsOf(text, given, host),
    },
    anyHost: given.sslmode === 'verify-ca',
    ...(given.schema !== undefined && { schema: given.schema }),
    ...(given.connections !== undefined && { connections: Number(given.connections) }),
    ...(given.listen !== undefined && { listen: given.listen }),
  }
}

/** As libpq has the modes: `require` encrypts and looks at no certificate, `verify-full` at the host name too. */
function tlsOf(text: string, given: Parameters, host: string): NonNullable<ClientConfig['ssl']> {
  const { sslmode = given.sslrootcert === undefined ? 'disable' : 'verify-full' } = given
  if (!modes.includes(sslmode as 'require')) {
    throw invalid(text, `sslmode is "${sslmode}"; allowed are ${modes.join(', ')}`)
  }
  if (sslmode === 'disable') return false
  const file = (name: 'sslrootcert' | 'sslcert' | 'sslkey'): string | undefined => {
    const path = given[name]
    if (path === undefined) return undefined
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      throw invalid(text, `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')]
  return {
    rejectUnauthorized: sslmode !== 'require' || ca !== undefined,
    ...(sslmode !== 'verify-ca' && sslmode !== 'require' && { servername: host }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  }
}

function parametersOf(text: string, url: URL): Parameters {
  for (const name of url.searchParams.keys()) {
    if (parameters.includes(name as 'schema')) continue
    const near = nearest(name, [...parameters])
    const hint = near === undefined ? `known are ${parameters.join(', ')}` : `did you mean "${near}"?`
    throw invalid(text, `it has an unknown parameter "${name}": ${hint}`)
  }
  return Object.fromEntries(url.searchParams) as Parameters
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid(text, `"%" in it escapes nothing; write it as %25`)
  }
}

function invalid(text: string, why: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `The store URL ${redactUrl(text)} cannot be used: ${why}.`)
}
