import { FiberWorkError, isFiberWorkError } from '../../src/contract/index.ts'

/** What BullMQ answers about a lock or a job that is no longer there: its error codes are numbers below zero. */
const gone = new Set([-1, -2, -3, -6])
/** A parent whose children have not all completed cannot complete. */
const unfinishedChildren = new Set([-4, -9])

export const isGone = (error: unknown): boolean => gone.has(codeOf(error))
export const hasUnfinishedChildren = (error: unknown): boolean => unfinishedChildren.has(codeOf(error))

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0
}

/** An error of Redis, ioredis or BullMQ as one of ours, the place named; errors of ours pass. */
export function toFiberWorkError(error: unknown, place: string): FiberWorkError {
  if (isFiberWorkError(error)) return error
  const says = error instanceof Error ? error.message : String(error)
  const fail = (code: ConstructorParameters<typeof FiberWorkError>[0], retryable?: boolean) =>
    new FiberWorkError(code, `${place}: ${says}`, { cause: error, ...(retryable !== undefined && { retryable }) })
  if (/^(?:NOAUTH|WRONGPASS|NOPERM|ERR invalid password|ERR AUTH)/.test(says)) return fail('FW_CONNECT_FAILED', false)
  if (says.startsWith('OOM')) return fail('FW_STORE_FULL')
  if (says.startsWith('READONLY')) return fail('FW_STORE_READONLY', true)
  if (says.startsWith('WRONGTYPE')) return fail('FW_STORE_CORRUPT')
  // A mistake of ours, or a value that somebody else wrote: asking again changes nothing.
  const mistaken = error instanceof TypeError || error instanceof SyntaxError
  return mistaken ? fail('FW_STORE_FAILED', false) : fail('FW_STORE_FAILED')
}
