import { redactUrls } from '../../src/base/text.ts'
import { type ErrorCode, errorCodes, FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'
import { lineOf, type Script } from './scripts.ts'
import type { Target } from './target.ts'

/** What failed, for the message. */
export interface Attempt {
  /** Address of the server; no secret. */
  server: string
  /** `open`, or the command. */
  verb: string
  script?: Script
}

interface Meaning {
  code: ErrorCode
  retryable: boolean
  tells: string
}

const failed = (tells: string, retryable = true): Meaning => ({ code: 'FW_STORE_FAILED', retryable, tells })
const refused = (tells: string, retryable = false): Meaning => ({ code: 'FW_CONNECT_FAILED', retryable, tells })

/** By the first word of an error reply. */
const replies: Record<string, Meaning> = {
  WRONGPASS: refused('the user name or the password is wrong'),
  NOAUTH: refused('the server asks for a password, and none was given'),
  NOPERM: failed('this user may not do that; the README of the driver lists the rights that are needed', false),
  OOM: { code: 'FW_STORE_FULL', retryable: true, tells: 'the server has reached its maxmemory' },
  LOADING: failed('the server is loading its data'),
  MISCONF: failed('the server cannot save to its disk and therefore takes no writes'),
  READONLY: failed('this server has become a replica'),
  UNBLOCKED: failed('this server has become a replica'),
  MASTERDOWN: failed('this server is a replica without its master'),
  NOREPLICAS: failed('the server has fewer replicas than it needs to take writes'),
  BUSY: failed("somebody's script keeps the server busy"),
  NOSCRIPT: failed('the server has forgotten the script'),
  CLUSTERDOWN: failed('the cluster is down, or nobody serves our slot'),
  TRYAGAIN: failed('our slot is being moved to another node'),
  ASK: failed('our slot is being moved to another node'),
  MOVED: failed('our keys live on another node; a cluster is reached by redis+cluster://'),
  CROSSSLOT: failed('keys of several slots in one call', false),
  WRONGTYPE: { code: 'FW_STORE_CORRUPT', retryable: false, tells: 'one of our keys holds a value that is not ours' },
}

/** Replies of `ERR` that say what to do, and ACL failures inside a script, which 7.0 reports so. */
const sentences: readonly [RegExp, Meaning][] = [
  [/max number of clients/i, refused('the server has as many clients as it takes (maxclients)', true)],
  [/ACL failure|can't run this command|no permissions|can't access/i, replies['NOPERM']!],
  [/cluster support disabled/i, refused('this server is no cluster; use redis://')],
  [/DB index is out of range/i, refused('the server has no database of this number')],
  [/-?READONLY/, replies['READONLY']!],
]

const tlsCodes =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_OSSL)/

const tlsTells: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host name (set servername if that is meant)",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server's certificate is signed by nobody we know; give its CA",
  SELF_SIGNED_CERT_IN_CHAIN: "the server's certificate is signed by nobody we know; give its CA",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server's certificate is signed by nobody we know; give its CA",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the server's certificate is signed by nobody we know; give its CA",
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server asks for a client certificate; give cert and key',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the server does not speak TLS on this port; use redis:// or its TLS port',
  EPROTO: 'the server does not speak TLS on this port; use redis:// or its TLS port',
}

const systemTells: Record<string, string> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ENOENT: 'there is no such socket',
  EACCES: 'the socket may not be used',
}

/** An error of ioredis, of a socket or of the server as one of ours; errors of ours pass. */
export function toFiberWorkError(error: unknown, { server, verb, script }: Attempt): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const cause = withoutCommand(error)
  const says = redactUrls(error instanceof Error ? error.message : String(error))
  const fail = ({ code, retryable, tells }: Meaning, more = '') =>
    new FiberWorkError(code, `${server}: ${verb}: ${tells}${more} (${says}).`, { cause, retryable })
  const own = /^(?:-|ERR )?(FW_[A-Z_]+) ?(.*)$/s.exec(says)
  if (own !== null && own[1]! in errorCodes) {
    return new FiberWorkError(own[1] as ErrorCode, own[2]!.replace(/ script: [0-9a-f]{40}.*$/s, ''), { cause })
  }
  const reply = replies[says.split(/[\s:]/, 1)[0]!] ?? sentences.find(([pattern]) => pattern.test(says))?.[1]
  if (reply !== undefined) return fail(reply, placeIn(script, says))
  return fail(connectionMeaning(error, says), placeIn(script, says))
}

/** The same while a connection is made: nothing was on its way yet. */
export function toConnectError(error: unknown, target: Pick<Target, 'address' | 'options'>): FiberWorkError {
  const told = toFiberWorkError(error, { server: target.address, verb: 'connect' })
  if (told.code !== 'FW_STORE_FAILED' || isReply(error)) return told
  const hint =
    target.options['tls'] == null
      ? 'the server closed the connection; does it want TLS (rediss://)?'
      : 'the server closed the connection'
  return new FiberWorkError('FW_CONNECT_FAILED', `${target.address}: connect: ${hint}`, {
    cause: error,
    retryable: true,
  })
}

function connectionMeaning(error: unknown, says: string): Meaning {
  const code = codeOf(error) ?? ''
  if (tlsCodes.test(code)) return refused(tlsTells[code] ?? 'no TLS connection could be made')
  if (systemTells[code] !== undefined) return refused(systemTells[code], true)
  if (isReply(error)) return failed('the server refused it', false)
  if (/sentinels are unreachable/.test(says)) return refused('no sentinel tells where the master is', true)
  return failed('the connection was lost before the answer')
}

/** Which line of our script it was, where the server tells: that names the key. */
function placeIn(script: Script | undefined, says: string): string {
  const [, kind, line] = /@?user_(script|function):\s?(\d+)/.exec(says) ?? []
  const lines = kind === 'function' ? script?.library?.text : script?.text
  const text = lines === undefined || line === undefined ? undefined : lineOf(lines, Number(line))
  return text === undefined ? '' : `, at line ${line} of ${script!.name}: ${text}`
}

export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}

export const isNoScript = (error: unknown): boolean => isReply(error) && error.message.startsWith('NOSCRIPT')

/** A server that was started anew without its data, or that a release of ours meets for the first time. */
export const isNoFunction = (error: unknown): boolean =>
  isReply(error) && error.message.startsWith('ERR Function not found')

/** This user, or a proxy, knows scripts only. */
export function mayNoFunctions(error: unknown): boolean {
  return isReply(error) && /^(?:NOPERM|ERR unknown command).*\b(?:fcall|function)\b/is.test(error.message)
}

/** The connection leads to a server that cannot serve us any more: look for the right one. */
export function leadsAstray(error: unknown): boolean {
  return (
    isReply(error) && /^(?:READONLY|UNBLOCKED|MASTERDOWN|NOREPLICAS|MOVED|NOAUTH|CLUSTERDOWN)\b/.test(error.message)
  )
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** ioredis hangs the command with all its arguments on an error: bodies of jobs, a password. They belong into no log. */
function withoutCommand(error: unknown): unknown {
  if (error instanceof Error && 'command' in error) delete error.command
  return error
}
