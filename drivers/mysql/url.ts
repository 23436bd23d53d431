import { readFileSync } from 'node:fs'
import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { MysqlServer } from './options.ts'

const parameters = ['prefix', 'socket', 'tls', 'ca', 'cert', 'key', 'servername'] as const
type Parameters = Partial<Record<(typeof parameters)[number], string>>

/**
 * `mysql://user:password@host:3306/database?prefix=fiber_work_`, also `mariadb://`. TLS: `tls=true` (verified), with `ca`, `cert`, `key`
 * (paths of files) and `servername` where needed; `tls=unverified` takes any certificate. `socket` is the path of a Unix socket.
 * @throws FW_CONFIG_INVALID
 */
export function parseMysqlUrl(text: string): { server: MysqlServer; prefix: string | undefined } {
  if (!/^(?:mysql|mariadb):\/\//i.test(text) || !URL.canParse(text)) {
    throw invalid(
      text,
      'it is not of the form mysql://user:password@host:port/database (a / ? # or @ in a password is written in %XX)',
    )
  }
  const url = new URL(text)
  const given = parametersOf(text, url.searchParams)
  const database = decode(text, url.pathname.slice(1))
  if (database === '') throw invalid(text, 'it names no database')
  if (database.includes('/')) throw invalid(text, 'its path is too long')
  const ssl = tlsOf(text, given)
  const server: MysqlServer = {
    host: decode(text, url.hostname).replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? 3_306 : Number(url.port),
    user: decode(text, url.username) || 'root',
    database,
    ...(url.password !== '' && { password: decode(text, url.password) }),
    ...(given.socket !== undefined && { socketPath: given.socket }),
    ...(ssl !== undefined && { ssl }),
  }
  return { server, prefix: given.prefix }
}

function parametersOf(url: string, query: URLSearchParams): Parameters {
  const given: Record<string, string> = {}
  for (const [name, value] of query) {
    if (!parameters.includes(name as (typeof parameters)[number])) {
      const near = nearest(name, parameters)
      const hint = near === undefined ? `Known are: ${parameters.join(', ')}` : `Did you mean "${near}"?`
      throw invalid(url, `it has an unknown parameter "${name}". ${hint}`)
    }
    given[name] = value
  }
  return given
}

function tlsOf(url: string, { tls, ca, cert, key, servername }: Parameters): MysqlServer['ssl'] {
  if (tls !== undefined && !['true', 'false', 'unverified'].includes(tls)) {
    throw invalid(url, `tls is "${tls}"; allowed are true, false and unverified`)
  }
  const files = [ca, cert, key, servername].some((value) => value !== undefined)
  if (tls === 'false' || (tls === undefined && !files)) return undefined
  return {
    rejectUnauthorized: tls !== 'unverified',
    verifyIdentity: tls !== 'unverified',
    ...(ca !== undefined && { ca: read(url, 'ca', ca) }),
    ...(cert !== undefined && { cert: read(url, 'cert', cert) }),
    ...(key !== undefined && { key: read(url, 'key', key) }),
    ...(servername !== undefined && { servername }),
  }
}

function read(url: string, parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw invalid(url, `the file ${path} of its parameter ${parameter} cannot be read (${(error as Error).message})`)
  }
}

function decode(url: string, text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(url, 'it has a % that escapes nothing; write it as %25')
  }
}

const invalid = (url: string, why: string): FiberWorkError =>
  new FiberWorkError('FW_CONFIG_INVALID', `The MySQL URL ${redactUrl(url)} cannot be used: ${why}.`)
