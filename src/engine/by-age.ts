import type { Env } from '../base/env.ts'
import type { Reservation } from '../contract/driver.ts'

const delayMsMin = 1_000
const delayMsMax = 600_000

/** How long a job waits that is given back for a reason which may last: a quarter of its age, so that it grows by itself and no store counts. */
export function delayByAgeMs({ enqueuedAtMs }: Reservation, env: Env): number {
  const ageMs = Math.max(0, env.nowMs() - enqueuedAtMs)
  const delayMs = Math.min(delayMsMax, Math.max(delayMsMin, ageMs / 4))
  return Math.round(delayMs * (0.75 + env.random() / 2))
}
