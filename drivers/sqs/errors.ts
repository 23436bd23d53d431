import { plain, redactUrls } from '../../src/base/text.ts'
import { FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

const credentials = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'InvalidSecurity',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])
const denied = new Set(['AccessDenied', 'AccessDeniedException', 'KmsAccessDenied', 'UnauthorizedOperation'])
const missing = new Set(['QueueDoesNotExist', 'AWS.SimpleQueueService.NonExistentQueue'])
const tooLarge = new Set(['BatchRequestTooLong', 'AWS.SimpleQueueService.BatchRequestTooLong'])
const staleReceipt = new Set([
  'ReceiptHandleIsInvalid',
  'MessageNotInflight',
  'AWS.SimpleQueueService.MessageNotInflight',
])

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

export const isMissing = (error: unknown): boolean => missing.has(nameOf(error))
export const isDenied = (error: unknown): boolean => denied.has(nameOf(error))
export const isWithoutCredentials = (error: unknown): boolean => nameOf(error) === 'CredentialsProviderError'

/** SQS says that a receipt does not count any more. `InvalidParameterValue` is what it calls one that ran out on a FIFO queue. */
export function isStale(code: string | undefined, message: string | undefined): boolean {
  if (code === undefined) return false
  return (
    staleReceipt.has(code) || (code === 'InvalidParameterValue' && /receipt|visibility|expired/i.test(message ?? ''))
  )
}

/** An error of the SDK as one of ours, the place named, in one line; errors of ours pass. */
export function toFiberWorkError(error: unknown, place: string): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const name = nameOf(error)
  const fail = (code: ConstructorParameters<typeof FiberWorkError>[0], hint: string, retryable?: boolean) =>
    new FiberWorkError(code, `${place}: ${saidBy(error)}${hint}`, {
      cause: error,
      ...(retryable !== undefined && { retryable }),
    })
  if (/region is missing/i.test(saidBy(error))) {
    return fail('FW_CONFIG_INVALID', ' Write it in the URL (sqs://eu-central-1) or set AWS_REGION.')
  }
  if (name === 'CredentialsProviderError') {
    return fail('FW_CONNECT_FAILED', '. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role.', false)
  }
  if (credentials.has(name)) return fail('FW_CONNECT_FAILED', ` (${name}): the credentials are refused.`, false)
  if (denied.has(name)) return fail('FW_STORE_FAILED', ` (${name}): a permission is missing.`, false)
  if (missing.has(name)) return fail('FW_STORE_FAILED', '', true)
  if (tooLarge.has(name)) return fail('FW_BODY_TOO_LARGE', '')
  if (name === 'OverLimit') {
    return fail('FW_STORE_FAILED', ' (OverLimit): too many messages of the queue are in flight, 120,000 at most.', true)
  }
  if (codeOf(error) === 'ECONNREFUSED') return fail('FW_STORE_FAILED', ': nobody listens there.', true)
  if (isTls(error)) return fail('FW_CONNECT_FAILED', ': TLS was refused; look at certificate and scheme.', false)
  // A mistake of ours, or a parameter that SQS refuses: asking again changes nothing.
  const mistaken = error instanceof TypeError || name === 'InvalidParameterValue' || name === 'InvalidMessageContents'
  return mistaken ? fail('FW_STORE_FAILED', '', false) : fail('FW_STORE_FAILED', '')
}

/** On one line. What has several causes (a host of several addresses) says the first. */
function saidBy(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  return plain(redactUrls(first instanceof Error ? first.message || first.name : String(first))).trim()
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function isTls(error: unknown): boolean {
  return /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_VERIFY|HPE_INVALID)/.test(codeOf(error))
}
