import type { Inspector } from '../../src/contract/index.ts'
import { pack, stateCodes, type Stored, type TerminalCode } from './codec.ts'
import { insertKey } from './enqueue.ts'
import {
  addReady,
  count,
  endCancelled,
  forget,
  type Found,
  isWaiting,
  leaveWaiting,
  releaseKey,
  uniqueOf,
} from './jobs.ts'
import type { Unit } from './unit.ts'

/** Nothing stays of what has happened but the attempts that failed. */
const startOver = `update fw_fate set state = 0, attempts = 0, crashes = 0, started = null, settled = null, batch = null, cancelling = null,
  text = null, error = null, progress = null where n = ?`

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
  count(job.line.queue, job.state as TerminalCode, -1)
  unit.sql.run(startOver, job.n)
  startNow(unit, { ...job, attempts: 0, crashes: 0 })
  return 'retried'
}

/** Behind those that are ready. */
function startNow(unit: Unit, job: Found): void {
  const pos = unit.next()
  unit.sql.run(
    `insert into fw_fate (n, line, state, pos) values (?, ?, 0, ?) on conflict (n) do update
     set pos = excluded.pos, due = null`,
    job.n,
    job.line.line,
    pos,
  )
  addReady(unit, job, pos)
}

/** False when another job holds it. */
function takeKeyAgain(unit: Unit, { n, line, extra }: Found): boolean {
  const unique = uniqueOf(extra)
  if (unique === undefined) return true
  const { q } = line.queue
  const [holder, id] = unit.sql.get<[number | null, Stored]>(
    `select (select n from fw_key where q = ? and key = ? and (until is null or until > ?)) as holder,
      (select id from fw_job where n = ?) as id`,
    q,
    pack(unique.key),
    unit.nowMs,
    n,
  )!
  if (holder !== null) return holder === n
  unit.sql.run(insertKey, q, pack(unique.key), n, id, unique.forMs === undefined ? null : unit.nowMs + unique.forMs)
  return true
}

export function cancelOne(unit: Unit, job: Found): 'cancelled' | 'cancelling' | 'settled' {
  if (job.state === stateCodes.running) {
    unit.sql.run('update fw_fate set cancelling = 1 where n = ?', job.n)
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
  } else {
    count(job.line.queue, job.state as TerminalCode, -1)
  }
  forget(unit, job.n)
  return 'removed'
}
