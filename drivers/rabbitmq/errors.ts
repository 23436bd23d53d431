import { redactUrls } from '../../src/base/text.ts'
import { type ErrorCode, FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

interface Meaning {
  code: ErrorCode
  retryable: boolean
  tells: string
}

const refused = (tells: string, retryable = false): Meaning => ({ code: 'FW_CONNECT_FAILED', retryable, tells })
const failed = (tells: string, retryable = true): Meaning => ({ code: 'FW_STORE_FAILED', retryable, tells })

/** What the broker, the socket or the client says, and what that means; the first that fits. */
const sentences: readonly [RegExp, Meaning][] = [
  [/ACCESS[-_]REFUSED.*login was refused/i, refused('the user name or the password is wrong')],
  // What the broker says in its refusal, amqplib drops.
  [
    /Expected ConnectionOpenOk; got <ConnectionClose/,
    refused('there is no such vhost, or this user may not use it (rabbitmqctl add_vhost, set_permissions)'),
  ],
  [
    /ACCESS[-_]REFUSED/i,
    failed('this user may not do that; drivers/rabbitmq/README.md lists the rights that are needed', false),
  ],
  [
    /delivery acknowledgement on channel \d+ timed out/i,
    failed('a job ran longer than the consumer_timeout of the broker'),
  ],
  [/NOT_FOUND/i, failed('it does not exist')],
  [/RESOURCE_LOCKED/i, failed('another connection holds that queue alone', false)],
  [/CONNECTION_FORCED/i, failed('the broker ended the connection')],
  [/ECONNREFUSED/, refused('nobody listens there', true)],
  [/ENOTFOUND|EAI_AGAIN/, refused('this host name is not known', true)],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, refused('the host does not answer', true)],
  [/^(?:ERR_TLS_|ERR_SSL_|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/, refused('TLS was refused')],
  [/certificate|SSL routines|wrong version number|TLS/i, refused('TLS was refused')],
  [
    /ECONNRESET|Socket closed|socket hang up|EPIPE|Unexpected close|Connection clos|Channel (?:closed|closing|ended)|channel closed/i,
    failed('the connection broke'),
  ],
]

/** An error of the broker, amqplib or the socket as one of ours, the place named; errors of ours pass. */
export function toFiberWorkError(error: unknown, place: string): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const says = saysOf(error)
  const told = `${codeOf(error)} ${says}`
  const meaning = sentences.find(([pattern]) => pattern.test(told) || pattern.test(codeOf(error)))?.[1]
  const { code, retryable, tells } = meaning ?? failed('it refused', !isMistake(error))
  return new FiberWorkError(code, `${place}: ${tells}: ${says}`, { cause: error, retryable })
}

/** For what failed while a connection was opened, whatever it was. */
export function toConnectError(error: unknown, place: string): FiberWorkError {
  const known = toFiberWorkError(error, place)
  if (known.code !== 'FW_STORE_FAILED') return known
  return new FiberWorkError('FW_CONNECT_FAILED', known.message, { cause: error, retryable: known.retryable })
}

/** The reply code that the broker closed a channel with. */
export const replyCodeOf = (error: unknown): number =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0

export const isMissing = (error: unknown): boolean => replyCodeOf(error) === 404

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function saysOf(error: unknown): string {
  const text = error instanceof Error ? error.message || codeOf(error) : String(error)
  return redactUrls(text.replace(/\s+/g, ' ')).slice(0, 400)
}

/** Asking again changes nothing. */
const isMistake = (error: unknown): boolean => error instanceof TypeError || error instanceof SyntaxError
