import { redactUrls } from '../../src/base/text.ts'
import { type ErrorCode, errorCodes, FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

/** What failed, for the message. */
export interface Attempt {
  /** `host:port/database`; no secret. */
  place: string
  /** `connect`, or the verb. */
  verb: string
}

interface Meaning {
  code: ErrorCode
  retryable: boolean
  tells: string
}

const failed = (tells: string, retryable = true): Meaning => ({ code: 'FW_STORE_FAILED', retryable, tells })
const refused = (tells: string, retryable = false): Meaning => ({ code: 'FW_CONNECT_FAILED', retryable, tells })
const full = (tells: string): Meaning => ({ code: 'FW_STORE_FULL', retryable: true, tells })

const unprepared = failed('the tables or functions of fiber-work are not there; run prepare() (a worker does)', false)

/** By SQLSTATE. */
const states: Record<string, Meaning> = {
  '28P01': refused('the user name or the password is wrong'),
  '28000': refused('the server lets this user not in from here (pg_hba.conf; or it asks for TLS: sslmode=require)'),
  '3D000': refused('there is no such database; create it first (createdb)'),
  '42501': failed('this user may not do that; drivers/postgres/README.md lists the rights that are needed', false),
  '3F000': unprepared,
  '42P01': unprepared,
  '42883': unprepared,
  '25006': {
    code: 'FW_STORE_READONLY',
    retryable: true,
    tells: 'the server takes no writes (a standby, or default_transaction_read_only)',
  },
  '40001': failed('another transaction was in the way'),
  '40P01': failed('a deadlock with another transaction'),
  '55P03': failed('a lock was not free in time (lock_timeout)'),
  '57014': failed('the server ended the statement (statement_timeout, or somebody)'),
  '53100': full('the disk of the server is full'),
  '53200': full('the server is out of memory, or of locks (max_locks_per_transaction)'),
  '53300': refused('the server has as many connections as it takes (max_connections)', true),
  '53400': full('the server has reached a limit of its configuration'),
  '54000': { code: 'FW_NAME_INVALID', retryable: false, tells: 'a name or a key is longer than an index can hold' },
  '57P01': failed('the server, or somebody, ended this connection'),
  '57P02': failed('the server crashed and recovers'),
  '57P03': refused('the server is starting up, or shutting down', true),
  '57P05': failed('the connection was idle for too long for the server'),
  '22021': failed('a text that the encoding of the database cannot hold; it must be UTF8', false),
  '58030': failed('the server cannot read or write its files'),
  XX001: { code: 'FW_STORE_CORRUPT', retryable: false, tells: 'a table is damaged' },
  XX002: { code: 'FW_STORE_CORRUPT', retryable: false, tells: 'an index is damaged; REINDEX it' },
}

/** By the first two letters of an SQLSTATE. */
const classes: Record<string, Meaning> = {
  '08': failed('the connection was lost before the answer'),
  '53': full('the server lacks resources'),
  '57': failed('the server ended it'),
  '58': failed('an error of the system the server runs on'),
}

const tlsCodes =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_OSSL)/
const untrusted = "the server's certificate is signed by nobody we know; give its CA (sslrootcert)"
const tlsTells: Record<string, string> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another host name (sslmode=verify-ca does not look at it)",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: "the server's certificate has expired",
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

/** Sentences of pg and of poolers that come without a code that tells. */
const sentences: readonly [RegExp, Meaning][] = [
  [/does not support SSL/i, refused('the server refuses TLS; write sslmode=disable if that is meant')],
  [
    /password must be a string|no password supplied|SASL/i,
    refused('the server asks for a password; none, or a wrong one, was given'),
  ],
  [/no such database|not allowed: database/i, refused('the pooler knows no such database')],
  [/timeout expired|connection timeout/i, refused('it did not answer in time', true)],
]

/** An error of pg, of a socket or of the server as one of ours; errors of ours pass. */
export function toFiberWorkError(error: unknown, { place, verb }: Attempt): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const says = redactUrls(oneLine(error instanceof Error ? error.message : String(error)))
  const code = codeOf(error) ?? ''
  const own = code === 'FW001' ? /^(FW_[A-Z_]+) (.*)$/s.exec(says) : null
  if (own !== null && own[1]! in errorCodes) {
    return new FiberWorkError(own[1] as ErrorCode, own[2]!, {
      cause: error,
      ...(own[1] === 'FW_STORE_FAILED' && { retryable: false }),
    })
  }
  const { code: ours, retryable, tells } = meaningOf(code, says)
  return new FiberWorkError(ours, `${place}: ${verb}: ${tells} (${says}${code === '' ? '' : `, ${code}`}).`, {
    cause: error,
    retryable,
  })
}

function meaningOf(code: string, says: string): Meaning {
  const known = states[code] ?? sentences.find(([pattern]) => pattern.test(says))?.[1]
  if (known !== undefined) return known
  if (tlsCodes.test(code)) return refused(tlsTells[code] ?? 'no TLS connection could be made')
  if (systemTells[code] !== undefined) return refused(systemTells[code], true)
  if (isState(code)) return classes[code.slice(0, 2)] ?? failed('the server refused it', false)
  return failed('the connection was lost before the answer')
}

/** The server answered: the connection is well, whatever became of the statement. */
export const isReply = (error: unknown): boolean => isState(codeOf(error) ?? '')

/** Worth asking again at once: nothing was written. */
export const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(codeOf(error) ?? '')

/** The connection leads to a server that cannot serve us any more: look for the right one. */
export const leadsAstray = (error: unknown): boolean =>
  ['25006', '57P01', '57P02', '57P03'].includes(codeOf(error) ?? '')

const isState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
