import type { Inspector } from '../../src/contract/index.ts'
import { packName, stateCodes, type TerminalCode, uniqueOf } from './codec.ts'
import {
  addReady,
  count,
  endCancelled,
  failedKey,
  forget,
  type Found,
  fateOf,
  isWaiting,
  leaveWaiting,
  lineOfJob,
  releaseKey,
} from './jobs.ts'
import { holdKey } from './keys.ts'
import type { Unit } from './unit.ts'

/** Start over; a job that waits for its time is ready now. */
export function retryOne(unit: Unit, job: Found): Awaited<ReturnType<Inspector['retry']>>[number] {
  if (job.state === stateCodes.running) return 'running'
  if (isWaiting(job)) {
    if (job.dueAtMs !== undefined) {
      leaveWaiting(unit, job)
      startNow(unit, job)
    }
    return 'waiting'
  }
  if (!takeKeyAgain(unit, job)) return 'duplicate'
  leaveEnded(unit, job)
  unit.pending.forgetFate(job.q, job.n)
  Object.assign(job, { attempts: 0, crashes: 0, settledAtMs: undefined })
  startNow(unit, job)
  return 'retried'
}

/** Behind those that are ready. */
function startNow(unit: Unit, job: Found): void {
  const pos = unit.next(lineOfJob(unit, job).queue)
  Object.assign(job, { state: stateCodes.waiting, pos, dueAtMs: undefined })
  unit.pending.setFate({ ...fateOf(job), pos })
  addReady(unit, job, pos)
}

/** False when another job holds it. The keys have been asked for. */
function takeKeyAgain(unit: Unit, { q, n, extra, id }: Found): boolean {
  const unique = uniqueOf(extra)
  if (unique === undefined) return true
  const key = packName(unique.key)
  const holder = unit.keys.holder(q, key, unit.nowMs)
  if (holder !== undefined) return holder.n === n
  const untilMs = unique.forMs === undefined ? undefined : Math.ceil(unit.nowMs + unique.forMs)
  holdKey(unit, q, key, { n, id, untilMs })
  return true
}

export function cancelOne(unit: Unit, job: Found): 'cancelled' | 'cancelling' | 'settled' {
  if (job.state === stateCodes.running) {
    const { q, n, s } = job
    const { t } = unit.sql
    job.cancelling = true
    unit.pending.last.push(
      `update ${t.fate} set cancelling = 1 where q = ${q} and n = ${n}`,
      `insert ignore into ${t.wish} (s, q, n) values (${s},${q},${n})`,
    )
    return 'cancelling'
  }
  if (!isWaiting(job)) return 'settled'
  leaveWaiting(unit, job)
  endCancelled(unit, job, 'cancelled')
  return 'cancelled'
}

export function removeOne(unit: Unit, job: Found): 'removed' | 'running' {
  if (job.state === stateCodes.running) return 'running'
  if (isWaiting(job)) {
    leaveWaiting(unit, job)
    releaseKey(unit, job)
  } else leaveEnded(unit, job)
  forget(unit, job)
  return 'removed'
}

/** An ended job is not counted any more. */
function leaveEnded(unit: Unit, job: Found): void {
  count(lineOfJob(unit, job).queue, job.state as TerminalCode, -1)
  if (job.state !== stateCodes.done) unit.pending.dropFailed(failedKey(job, job.state!, job.settledAtMs ?? 0))
}
