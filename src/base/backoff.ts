import type { Backoff, Jitter } from '../contract/backoff.ts'
import { FiberWorkError } from '../contract/errors.ts'

export type { Backoff, Jitter } from '../contract/backoff.ts'

export const backoffMaxMsDefault = 3_600_000

/** The delay after the attempt with this number (1 for the first) has failed, in whole milliseconds. */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number, error?: unknown): number {
  if (backoff.kind === 'custom') return checked(backoff.delayMs(attempt, error))
  const raw = backoff.baseMs * growth[backoff.kind](attempt)
  return Math.round(jittered(Math.min(raw, backoff.maxMs ?? backoffMaxMsDefault), backoff.jitter ?? 'full', random))
}

const growth = {
  fixed: () => 1,
  linear: (attempt: number) => attempt,
  exponential: (attempt: number) => 2 ** (attempt - 1),
}

function jittered(delayMs: number, jitter: Jitter, random: () => number): number {
  if (jitter === 'none') return delayMs
  return jitter === 'full' ? delayMs * random() : delayMs / 2 + (delayMs / 2) * random()
}

function checked(delayMs: number): number {
  if (Number.isFinite(delayMs) && delayMs >= 0) return Math.round(delayMs)
  throw new FiberWorkError('FW_JOB_INVALID', `A custom backoff must answer milliseconds ≥ 0, not ${String(delayMs)}.`)
}
