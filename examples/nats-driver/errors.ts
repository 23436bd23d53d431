import { JetStreamApiError } from '@nats-io/jetstream'
import {
  AuthorizationError,
  ClosedConnectionError,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'
import { type ErrorCode as Code, FiberWorkError, isFiberWorkError } from 'fiber-work/driver'

const wrongLastSequence = 10_071
const noMessageFound = 10_057
const noConsumer = 10_014
const outOfResources = new Set([10_023, 10_047, 10_077, 10_122])

const codeOf = (error: unknown): number => (error instanceof JetStreamApiError ? error.code : 0)

/** The subject holds another message than the one that was named: the compare of a compare-and-set failed. */
export const isTaken = (error: unknown): boolean => codeOf(error) === wrongLastSequence
/** The message that was to be deleted, or looked at, is not there. */
export const isGone = (error: unknown): boolean => [noMessageFound, 10_037, 404].includes(codeOf(error))
export const isNoConsumer = (error: unknown): boolean => codeOf(error) === noConsumer

/** An error of NATS as one of fiber-work, the place named; those that are it already pass. */
export function toFiberWorkError(error: unknown, place: string, otherwise: Code = 'FW_STORE_FAILED'): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const says = error instanceof Error ? error.message : String(error)
  const fail = (code: Code, message = says, retryable?: boolean) =>
    new FiberWorkError(code, `${place}: ${message}`, { cause: error, ...(retryable !== undefined && { retryable }) })
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    return fail('FW_CONNECT_FAILED', `${says}; check user and password in the URL.`, false)
  }
  if (error instanceof PermissionViolationError) return fail('FW_CONNECT_FAILED', says, false)
  if (error instanceof TimeoutError) return fail('FW_CALL_TIMEOUT', 'the server did not answer in time.')
  if (error instanceof ClosedConnectionError) return fail('FW_STORE_FAILED', 'the connection was lost.')
  if (error instanceof RequestError && error.isNoResponders()) {
    return fail('FW_STORE_FAILED', 'JetStream does not answer: it is not enabled, or the streams were deleted.')
  }
  if (outOfResources.has(codeOf(error))) return fail('FW_STORE_FULL')
  return fail(otherwise)
}
