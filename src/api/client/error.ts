import type { Problem } from '../problem.ts'

/** What the API refused, or that it could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** One of fiber-work's codes (docs/errors.md); `FW_API_UNREACHABLE` when there was no answer. */
  readonly code: string
  /** The HTTP status; 0 without an answer. */
  readonly status: number
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** What helps. */
  readonly remedy: string
  /** Where a request was wrong. */
  readonly issues: { path: string; message: string }[]

  constructor(problem: Partial<Problem> & { detail: string; code: string }, options?: ErrorOptions) {
    super(problem.detail, options)
    this.code = problem.code
    this.status = problem.status ?? 0
    this.retryable = problem.retryable ?? false
    this.remedy = problem.remedy ?? ''
    this.issues = problem.issues ?? []
  }
}
