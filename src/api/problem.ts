import { type ErrorCode, errorCodes, FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { redactText } from '../base/redact.ts'
import { plain } from '../base/text.ts'

/** An error as the API tells it: `application/problem+json` of RFC 9457. */
export interface Problem {
  /** `urn:fiber-work:error:FW_…`: the code as a URI. */
  type: string
  /** What the code means, in general. */
  title: string
  status: number
  /** What was wrong this time. */
  detail: string
  /** One of ours: docs/errors.md. */
  code: string
  /** What helps. */
  remedy: string
  /** Whether the same request may succeed later. */
  retryable: boolean
  /** Where a request was wrong. */
  issues?: { path: string; message: string }[]
}

export const problemType = 'application/problem+json'

const detailCharsMax = 2_000

const statuses: { [code in ErrorCode]?: number } = {
  FW_API_FORBIDDEN: 403,
  FW_API_HOST: 421,
  FW_API_INVALID: 400,
  FW_API_MEDIA_TYPE: 415,
  FW_API_METHOD: 405,
  FW_API_NOT_FOUND: 404,
  FW_API_ORIGIN: 403,
  FW_API_STARTING: 503,
  FW_API_TOO_LARGE: 413,
  FW_API_TOO_MANY: 429,
  FW_API_UNAUTHENTICATED: 401,
  FW_API_IDEMPOTENCY: 422,
  FW_BODY_INVALID: 409,
  FW_BODY_TOO_LARGE: 413,
  FW_CONFIG_INVALID: 400,
  FW_DRIVER_TRAIT: 501,
  FW_INPUT_INVALID: 422,
  FW_INPUT_NOT_JSON: 422,
  FW_JOB_INVALID: 400,
  FW_JOB_UNKNOWN: 404,
  FW_NAME_INVALID: 400,
  FW_QUEUE_FULL: 429,
  FW_RESULT_TOO_LARGE: 409,
  FW_SCHEDULE_INVALID: 400,
  FW_SCHEDULE_UNKNOWN: 404,
}

/** What an error is to whoever asked. What is not ours is told without its words, which may name anything. */
export function problemOf(error: unknown): Problem {
  if (!isFiberWorkError(error)) {
    return problem('FW_API_FAILED', 500, 'The request failed inside of the server; its log tells more.')
  }
  const issues = error instanceof InvalidRequest ? error.issues : undefined
  return { ...problem(error.code, statusOf(error), said(error.message)), ...(issues !== undefined && { issues }) }
}

/** A request that is no HTTP that is read here. */
export function brokenRequest(status: 400 | 408 | 431, detail: string): Problem {
  return problem(status === 431 ? 'FW_API_TOO_LARGE' : 'FW_API_INVALID', status, detail)
}

/** Messages quote what was given: on one line, bounded, without what steers a terminal, and without what looks like a secret. */
function said(message: string): string {
  const text = redactText(message)
  return plain(text.length > detailCharsMax ? `${text.slice(0, detailCharsMax)}…` : text)
}

/** The HTTP status of an error; what nobody but the server can help is a 500, or a 503 when it may pass. */
export function statusOf({ code, retryable }: Pick<FiberWorkError, 'code' | 'retryable'>): number {
  return statuses[code] ?? (retryable ? 503 : 500)
}

function problem(code: ErrorCode, status: number, detail: string): Problem {
  const { meaning, remedy, retryable } = errorCodes[code]
  return { type: `urn:fiber-work:error:${code}`, title: meaning, status, detail, code, remedy, retryable }
}

/** Nobody waits for the answer any more. It is nobody's fault, and told to nobody. */
export class CallerGone extends Error {
  constructor() {
    super('whoever asked is gone')
  }
}

/** A request that does not say what it may; `issues` names each place. */
export class InvalidRequest extends FiberWorkError {
  readonly issues: { path: string; message: string }[]

  constructor(issues: { path: string; message: string }[]) {
    const said = issues.slice(0, 5).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    super('FW_API_INVALID', `The request is not valid. ${said.join('; ')}${issues.length > 5 ? '; …' : ''}`)
    this.issues = issues.slice(0, 50)
  }
}
