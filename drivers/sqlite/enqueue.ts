import type { Added, Due, StoredJob, Unique } from '../../src/contract/index.ts'
import { extraOf, pack, type Stored, unpack } from './codec.ts'
import { addDelayed, addReady, findByN, forget, isWaiting, leaveWaiting } from './jobs.ts'
import type { Line, Queue } from './rows.ts'
import type { Unit } from './unit.ts'

const insertJob = `insert into fw_job (n, id, line, rank, name, at, due, extra, body) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (id) do nothing`
export const insertKey = `insert into fw_key (q, key, n, id, until) values (?, ?, ?, ?, ?) on conflict (q, key) do update
  set n = excluded.n, id = excluded.id, until = excluded.until`

/** Write jobs down, in this transaction. */
export function enqueueInto(unit: Unit, jobs: readonly StoredJob[]): Added[] {
  return jobs.map((job) => enqueueOne(unit, job))
}

function enqueueOne(unit: Unit, job: StoredJob): Added {
  const queue = unit.queue(job.queue)
  const id = pack(job.id)
  const { unique } = job
  const depthMax = queue.limits?.depthMax
  // What is looked at first: the id, the unique key, the depth. Without the latter two, the insert itself looks at the id.
  if ((unique !== undefined || depthMax !== undefined) && isStored(unit, id))
    return { outcome: 'duplicate', id: job.id }
  let outcome: 'added' | 'replaced' = 'added'
  if (unique !== undefined) {
    const holder = holderOf(unit, queue, unique)
    if (holder !== undefined) {
      if (unique.mode === 'keep' || !replace(unit, holder.n)) return { outcome: 'duplicate', id: holder.id }
      outcome = 'replaced'
    }
  }
  if (outcome === 'added' && depthMax !== undefined && queue.ready + queue.delayed >= depthMax) {
    return { outcome: 'full', id: job.id }
  }
  const line = unit.line(queue, job.group)
  const n = write(unit, job, id, line)
  if (n === undefined) return { outcome: 'duplicate', id: job.id }
  if (unique !== undefined) {
    const untilMs = unique.forMs === undefined ? null : unit.nowMs + unique.forMs
    unit.sql.run(insertKey, queue.q, pack(unique.key), n, id, untilMs)
  }
  return { outcome, id: job.id }
}

/** The job's number; undefined when its id is taken. */
function write(unit: Unit, job: StoredJob, id: Stored, line: Line): number | undefined {
  const n = unit.next()
  const rank = 9 - job.priority
  const dueAtMs = dueAtMsOf(unit, job.due)
  const due = dueAtMs ?? null
  const extra = extraOf(job)
  const added = unit.sql.run(insertJob, n, id, line.line, rank, pack(job.name), unit.nowMs, due, extra, pack(job.body))
  if (added === 0) return undefined
  const fresh = { n, line, rank, attempts: 0, crashes: 0 }
  if (dueAtMs === undefined) addReady(unit, fresh, n)
  else addDelayed(unit, fresh, dueAtMs)
  return n
}

/** When it is due, by the store's clock; undefined for now. */
export function dueAtMsOf(unit: Unit, due: Due | undefined): number | undefined {
  if (due === undefined) return undefined
  const atMs = Math.ceil('inMs' in due ? unit.nowMs + due.inMs : due.atMs)
  return atMs > unit.nowMs ? Math.min(atMs, Number.MAX_SAFE_INTEGER) : undefined
}

const isStored = (unit: Unit, id: Stored): boolean =>
  unit.sql.get('select 1 from fw_job where id = ?', id) !== undefined

function holderOf(unit: Unit, queue: Queue, { key }: Unique): { n: number; id: string } | undefined {
  const row = unit.sql.get<[number, Stored]>(
    'select n, id from fw_key where q = ? and key = ? and (until is null or until > ?)',
    queue.q,
    pack(key),
    unit.nowMs,
  )
  return row === undefined ? undefined : { n: row[0], id: unpack(row[1]) }
}

/** Remove a job that has not started; false when it has, or is gone. */
function replace(unit: Unit, n: number): boolean {
  const holder = findByN(unit, n)
  if (holder === undefined || !isWaiting(holder)) return false
  leaveWaiting(unit, holder)
  forget(unit, n)
  return true
}
