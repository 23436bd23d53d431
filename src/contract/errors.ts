import { apiErrors } from './api-errors.ts'
import { coreErrors } from './core-errors.ts'
import { facadeErrors } from './facade-errors.ts'

/** Every error that leaves fiber-work has a code. Codes are API; messages are not. */
export const errorCodes = { ...coreErrors, ...apiErrors, ...facadeErrors }

export type ErrorCode = keyof typeof errorCodes

/** The one error class of fiber-work. `code` is stable API; `retryable` defaults to what the code says. */
export class FiberWorkError extends Error {
  override readonly name: string = 'FiberWorkError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? errorCodes[code].retryable
  }
}

/** True for an error of ours, also one from a second copy of the package. Never throws: anything can be thrown, a revoked proxy too. */
export function isFiberWorkError(error: unknown): error is FiberWorkError {
  try {
    return (
      error instanceof Error &&
      'code' in error &&
      typeof error.code === 'string' &&
      Object.hasOwn(errorCodes, error.code)
    )
  } catch {
    return false
  }
}
