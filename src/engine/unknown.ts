import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import type { Reservation } from '../contract/driver.ts'
import type { Verdict } from '../contract/verdict.ts'
import { delayByAgeMs } from './by-age.ts'

/**
 * A job that this build does not know waits for one that does: left alone, reported, no attempt burned. The delay is a
 * quarter of its age, so that it grows by itself.
 */
export function releaseOfUnknown(loan: Reservation, env: Env, worker: string): Verdict {
  const { id, name, queue } = loan.job
  const inMs = delayByAgeMs(loan, env)
  emit('job.unknown', () => ({ worker, id, name, queue, inMs }))
  return { kind: 'release', due: { inMs }, error: `No handler is named "${name}" in this build.` }
}
