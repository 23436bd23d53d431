import type { Env } from '../base/env.ts'
import type { Reservation } from '../contract/driver.ts'

const delayMsMin = 1_000
const delayMsMax = 600_000

/** How long a job that this build does not know is left alone: a quarter of its age, so that the delay grows by itself. */
export function unknownJobDelayMs(loan: Reservation, env: Env): number {
  const ageMs = Math.max(0, env.nowMs() - loan.enqueuedAtMs)
  const delayMs = Math.min(delayMsMax, Math.max(delayMsMin, ageMs / 4))
  return Math.round(delayMs * (0.75 + env.random() / 2))
}
