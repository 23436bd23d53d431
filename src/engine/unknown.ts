import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import type { Reservation } from '../contract/driver.ts'
import type { Verdict } from '../contract/verdict.ts'

const delayMsMin = 1_000
const delayMsMax = 600_000

/**
 * A job that this build does not know waits for one that does: left alone, reported, no attempt burned. The delay is a
 * quarter of its age, so that it grows by itself.
 */
export function releaseOfUnknown(loan: Reservation, env: Env, worker: string): Verdict {
  const { id, name, queue } = loan.job
  const ageMs = Math.max(0, env.nowMs() - loan.enqueuedAtMs)
  const delayMs = Math.min(delayMsMax, Math.max(delayMsMin, ageMs / 4))
  const inMs = Math.round(delayMs * (0.75 + env.random() / 2))
  emit('job.unknown', () => ({ worker, id, name, queue, inMs }))
  return { kind: 'release', due: { inMs }, error: `No handler is named "${name}" in this build.` }
}
