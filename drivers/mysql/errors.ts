import { redactUrls } from '../../src/base/text.ts'
import { type ErrorCode, FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

/** What failed, for the message. */
export interface Attempt {
  /** `host:port/database`; no secret. */
  place: string
  verb: string
}

interface Meaning {
  code: ErrorCode
  retryable: boolean
  tells: string
}

const failed = (tells: string, retryable = true): Meaning => ({ code: 'FW_STORE_FAILED', retryable, tells })
const refused = (tells: string, retryable = false): Meaning => ({ code: 'FW_CONNECT_FAILED', retryable, tells })
const readonly: Meaning = { code: 'FW_STORE_READONLY', retryable: true, tells: 'the server is read-only (a replica?)' }
const full: Meaning = { code: 'FW_STORE_FULL', retryable: true, tells: "the server's disk, or its tablespace, is full" }
const rights = failed('this user may not do that; drivers/mysql/README.md lists the rights that are needed', false)
const many = refused('the server has as many connections as it takes', true)
const tooLarge: Meaning = {
  code: 'FW_BODY_TOO_LARGE',
  retryable: false,
  tells: "a job is larger than the server's max_allowed_packet",
}

/** By the number of the error. MariaDB and MySQL share them. */
const numbers: Record<number, Meaning> = {
  1044: refused('this user has no access to the database'),
  1045: refused('the user name or the password is wrong'),
  1698: refused('the user name or the password is wrong'),
  1049: refused('there is no database of this name'),
  1040: many,
  1203: many,
  1226: many,
  1129: refused('the server has blocked this host after too many errors (mysqladmin flush-hosts)'),
  1130: refused('the server takes no connections from this host'),
  1251: refused('the server wants another way to log in than mysql2 knows'),
  3159: refused('the server takes connections over TLS only; give tls=true'),
  1142: rights,
  1143: rights,
  1227: rights,
  1370: rights,
  1290: readonly,
  1792: readonly,
  1836: readonly,
  3032: readonly,
  1021: full,
  1114: full,
  1030: failed('the storage engine failed; the log of the server says why'),
  3: failed('the server could not write to its disk; the log of the server says why'),
  1053: failed('the server is shutting down'),
  1927: failed('the server ended the connection'),
  4031: failed('the server ended the connection, because it was idle'),
  1205: failed("somebody's transaction keeps the queue locked"),
  1213: failed('a deadlock was resolved against this call'),
  1020: failed('a row changed while it was read'),
  1153: tooLarge,
  1146: failed('the tables do not exist; prepare() makes them', false),
  1054: { code: 'FW_STORE_CORRUPT', retryable: false, tells: 'a table of ours has columns of somebody else' },
  1665: failed('binlog_format=STATEMENT cannot log READ COMMITTED transactions; set it to ROW or MIXED', false),
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

const tlsCodes =
  /^(?:HANDSHAKE_(?:NO_)?SSL|ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/

/** Roll back and begin anew: nothing was wrong with what was asked. */
export const isConflict = (error: unknown): boolean => [1213, 1205, 1020].includes(numberOf(error) ?? 0)

/** A row with this key is there already. */
export const isDuplicate = (error: unknown): boolean => numberOf(error) === 1062

/** What came from the server, by a connection that goes on. */
export function isReply(error: unknown): boolean {
  const number = numberOf(error)
  return number !== undefined && !isFatal(error) && ![1053, 1927, 4031, 1153].includes(number)
}

const isFatal = (error: unknown): boolean => error instanceof Error && 'fatal' in error && error.fatal === true

function numberOf(error: unknown): number | undefined {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' && 'sqlState' in error
    ? error.errno
    : undefined
}

/** An error of mysql2, of a socket or of the server as one of ours; errors of ours pass. */
export function toFiberWorkError(error: unknown, { place, verb }: Attempt): FiberWorkError {
  if (isFiberWorkError(error)) return error
  hideStatement(error)
  const says = redactUrls(error instanceof Error ? error.message : String(error)).slice(0, 300)
  const { code, retryable, tells } = meaningOf(error)
  return new FiberWorkError(code, `${place}: ${verb}: ${tells} (${says}).`, { cause: error, retryable })
}

/** The same while a connection is made: nothing was on its way yet. */
export function toConnectError(error: unknown, place: string): FiberWorkError {
  const told = toFiberWorkError(error, { place, verb: 'connect' })
  if (told.code !== 'FW_STORE_FAILED' || numberOf(error) !== undefined) return told
  return new FiberWorkError('FW_CONNECT_FAILED', told.message, { cause: error, retryable: told.retryable })
}

function meaningOf(error: unknown): Meaning {
  const number = numberOf(error)
  const known = number === undefined ? undefined : numbers[number]
  if (known !== undefined) return known
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT')
    return refused('the server does not speak TLS; leave tls out, or turn it on there')
  if (tlsCodes.test(code))
    return refused('no TLS connection could be made; the server needs a certificate that we trust (tls, ca)')
  if (systemTells[code] !== undefined) return refused(systemTells[code], true)
  if (number !== undefined) return failed('the server refused it', false)
  return failed('the connection was lost before the answer')
}

/** mysql2 hangs the statement with all its values on an error: bodies of jobs. They belong into no log. */
function hideStatement(error: unknown): void {
  if (typeof error !== 'object' || error === null) return
  for (const name of ['sql', 'parameters']) if (name in error) Reflect.deleteProperty(error, name)
}
