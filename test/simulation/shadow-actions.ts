import type { Shadow } from './shadow.ts'
import { isEnded, type ShadowJob, shortName } from './shadow-job.ts'

/** Somebody acted from outside, through the inspector. */
export function acted(shadows: Shadow, verb: 'cancel' | 'retry' | 'remove', id: string, answer: string): void {
  const shadow = shadows.jobs.get(id)
  if (shadow === undefined || shadow.forgotten !== 'no') {
    if (answer !== 'unknown') shadows.fail(`${verb} of a forgotten job answered ${answer}`)
    return
  }
  const expected = act(shadows, verb, shadow)
  if (answer !== expected) shadows.fail(`${verb} of ${shortName(shadow.job)} answered ${answer}, not ${expected}`)
  shadows.touched.add(shadow)
}

function act(shadows: Shadow, verb: 'cancel' | 'retry' | 'remove', shadow: ShadowJob): string {
  const { job, state } = shadow
  if (verb === 'cancel') {
    if (isEnded(shadow)) return 'settled'
    if (state === 'running') return ((shadow.cancelling = true), 'cancelling')
    shadows.end(shadow, 'cancelled', false)
    return 'cancelled'
  }
  if (state === 'running') return 'running'
  if (verb === 'remove') {
    shadows.keys.letGo(job)
    shadow.state = 'gone'
    shadow.forgotten = 'removed'
    return 'removed'
  }
  if (state === 'waiting') return ((shadow.dueAtMs = Math.min(shadow.dueAtMs, shadows.nowMs)), 'waiting')
  const holder = shadows.keys.holderOf(job.queue, job.unique?.key, shadows.nowMs)
  if (holder !== undefined && holder !== job.id) return 'duplicate'
  shadows.keys.hold(job, shadows.nowMs)
  Object.assign(shadow, { state: 'waiting', attempts: 0, crashes: 0, dueAtMs: shadows.nowMs })
  return 'retried'
}
