import { isFiberWorkError } from '../../src/contract/index.ts'

/**
 * Waits for all of them, also when one fails: whoever asks again meets nothing of before under way. Of several failures the one that
 * asking again does not mend.
 */
export async function together<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  const errors = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (errors.length > 0) throw errors.find(isFinal) ?? errors[0]
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value)
}

function isFinal(error: unknown): boolean {
  return !isFiberWorkError(error) || !error.retryable || error.code === 'FW_LEASE_REVOKED'
}
