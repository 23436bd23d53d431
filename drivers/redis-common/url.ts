import { readFileSync } from 'node:fs'
import { nearest } from '../../src/base/nearest.ts'
import { redactUrl } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { defaultPort, type IoredisOptions, type Node, type Target, targetOf } from './target.ts'

const serverParameters = ['ca', 'cert', 'key', 'servername', 'sentinelUsername', 'sentinelPassword'] as const

type Parameters = Partial<Record<(typeof serverParameters)[number], string>>

/** Where the server is, and what else the URL says. */
interface ReadUrl<Own extends string> {
  target: Target
  given: Partial<Record<Own, string>>
}

const shape = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i

/**
 * `redis://user:password@host:6379/0`, `rediss://…?ca=/etc/ca.pem`, `redis+sentinel://h1,h2/name`, `redis+cluster://h1,h2`.
 * By hand, because a URL of several hosts is none for the URL class. `own` are the parameters of the driver itself.
 * @throws FW_CONFIG_INVALID
 */
export function parseRedisUrl<Own extends string>(url: string, own: readonly Own[]): ReadUrl<Own> {
  const match = shape.exec(url)
  if (match === null) {
    throw invalid(
      url,
      'it is not of the form redis://user:password@host:port/db (a / ? # or @ in a password is written in %XX)',
    )
  }
  const [, scheme = '', form, authority = '', path = '', query = ''] = match
  const kind = (form?.toLowerCase() ?? 'server') as Target['kind']
  const at = authority.lastIndexOf('@')
  const nodes = nodesOf(url, authority.slice(at + 1), defaultPort[kind])
  const given = parametersOf(url, query, [...own, ...serverParameters])
  const options: IoredisOptions = {
    ...userOf(url, authority.slice(0, Math.max(at, 0))),
    ...(scheme.toLowerCase() === 'rediss' && { tls: tlsOf(url, given) }),
  }
  const rest = Object.fromEntries(Object.entries(given).filter(([name]) => own.includes(name as Own)))
  return { target: placed(url, kind, nodes, path, options, given), given: rest as ReadUrl<Own>['given'] }
}

function placed(
  url: string,
  kind: Target['kind'],
  nodes: Node[],
  path: string,
  options: IoredisOptions,
  given: Parameters,
): Target {
  const [first = '', second = '', ...more] = path
    .split('/')
    .slice(1)
    .map((part) => decode(url, part))
  if (more.length > 0) throw invalid(url, 'its path is too long')
  if (kind === 'cluster') {
    if (first !== '' && first !== '0') throw invalid(url, 'a cluster has no other database than 0')
    return targetOf(options, nodes)
  }
  if (kind === 'sentinel') {
    if (first === '') throw invalid(url, 'a sentinel URL names the master: redis+sentinel://host1,host2/mymaster')
    const { sentinelUsername, sentinelPassword } = given
    const tls = options['tls'] === undefined ? {} : { sentinelTLS: options['tls'], enableTLSForSentinelMode: true }
    return targetOf({
      ...options,
      ...tls,
      sentinels: nodes,
      name: first,
      sentinelUsername,
      sentinelPassword,
      db: dbOf(url, second),
    })
  }
  if (nodes.length > 1) throw invalid(url, 'several hosts need redis+sentinel:// or redis+cluster://')
  if (second !== '') throw invalid(url, 'its path is too long')
  return targetOf({ ...options, ...nodes[0], db: dbOf(url, first) })
}

function nodesOf(url: string, hosts: string, port: number): Node[] {
  return hosts.split(',').map((text) => {
    const match = /^(\[[0-9a-f:.%]+\]|[^:[\]\s]*)(?::(\d{1,5}))?$/i.exec(text)
    if (match === null) throw invalid(url, `"${redactUrl(text)}" is not a host and a port`)
    const number = Number(match[2] ?? port)
    if (number < 1 || number > 65_535) throw invalid(url, `${number} is not a port`)
    return { host: match[1]!.replace(/^\[|\]$/g, '') || '127.0.0.1', port: number }
  })
}

function userOf(url: string, user: string): IoredisOptions {
  if (user === '') return {}
  const colon = user.indexOf(':')
  const name = decode(url, colon < 0 ? user : user.slice(0, colon))
  const password = colon < 0 ? '' : decode(url, user.slice(colon + 1))
  return { ...(name !== '' && { username: name }), ...(password !== '' && { password }) }
}

function dbOf(url: string, text: string): number {
  if (!/^\d{0,6}$/.test(text)) throw invalid(url, `"${text}" is not the number of a database`)
  return Number(text)
}

function parametersOf(url: string, query: string, known: readonly string[]): Parameters {
  const given: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name)) {
      const near = nearest(name, known)
      throw invalid(
        url,
        `it has an unknown parameter "${name}". ${near === undefined ? `Known are: ${known.join(', ')}` : `Did you mean "${near}"?`}`,
      )
    }
    given[name] = value
  }
  return given
}

function tlsOf(url: string, { ca, cert, key, servername }: Parameters): IoredisOptions {
  return {
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

function invalid(url: string, why: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `The Redis URL ${redactUrl(url)} cannot be used: ${why}.`)
}
