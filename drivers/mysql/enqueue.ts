import type { Added, Due, StoredJob, Unique } from '../../src/contract/index.ts'
import { extraOf, pack, packName, unpack } from './codec.ts'
import {
  addDelayed,
  addReady,
  findJobs,
  forget,
  foundIn,
  isWaiting,
  keepFound,
  leaveWaiting,
  linesOfFound,
} from './jobs.ts'
import { askKeys, holdKey } from './keys.ts'
import type { QueueNames } from './queue-names.ts'
import type { Line, Queue } from './rows.ts'
import { orNull, type Sql } from './sql.ts'
import type { Part, Unit } from './unit.ts'

/** Ids that are known to be taken, and by which job. Not `all` are asked for, only where an answer depends on them: the index refuses the others. */
export interface Taken {
  ids: Map<string, { q: number; n: number }>
  all: boolean
}

/** What has to be known before jobs are enqueued; their queues are locked before. */
export function askForEnqueue(unit: Unit, names: QueueNames, jobs: readonly StoredJob[], taken: Taken): Part[] {
  const parts: Part[] = []
  const groups = new Map<number, Set<string | undefined>>()
  const keys = new Map<number, Set<string>>()
  for (const { queue, group, unique } of jobs) {
    const q = names.of(queue)!
    put(groups, q, group)
    if (unique !== undefined) put(keys, q, packName(unique.key))
  }
  for (const [q, names] of groups) parts.push(unit.linesOf(q, names))
  for (const [q, names] of keys) parts.push(askKeys(unit, q, names))
  // Who replaces a job frees its id, for those behind him alone; what holds a key answers for a newcomer only.
  const replaces = jobs.some(({ unique }) => unique?.mode === 'replace')
  const asked = taken.all || replaces ? jobs : jobs.filter(({ unique }) => unique !== undefined)
  if (asked.length > 0) parts.push(askIds(unit, asked, taken))
  return parts
}

function askIds(unit: Unit, jobs: readonly StoredJob[], taken: Taken): Part {
  const { t, text, lock } = unit.sql
  const list = jobs.map(({ id }) => text(packName(id))).join(',')
  return {
    text: `select q, n, convert(id using utf8mb4) as known from ${t.job} where id in (${list})${lock}`,
    take: (rows) => {
      for (const [q, n, id] of rows as [number, number, string][]) taken.ids.set(unpack(id), { q, n })
    },
  }
}

/** Who holds keys that jobs want to replace: asked for when the keys are known. */
export function askForHolders(unit: Unit, names: QueueNames, jobs: readonly StoredJob[]): Part[] {
  const holders = new Map<number, Set<number>>()
  for (const { queue, unique } of jobs) {
    if (unique?.mode !== 'replace') continue
    const q = names.of(queue)!
    const holder = unit.keys.holder(q, packName(unique.key), unit.nowMs)
    if (holder !== undefined) put(holders, q, holder.n)
  }
  return [...holders].flatMap(([q, ns]) => findJobs(unit, q, ns))
}

/** All that is asked for, in two or three trips. */
export async function readForEnqueue(
  unit: Unit,
  names: QueueNames,
  jobs: readonly StoredJob[],
  taken: Taken,
  before: Part[] = [],
): Promise<void> {
  const qs = jobs.map(({ queue }) => names.of(queue)!)
  await unit.ask([...unit.locking(qs), ...before, ...askForEnqueue(unit, names, jobs, taken)])
  await readHolders(unit, names, jobs, taken)
}

/** What is asked for once queues and keys are known. */
export async function readHolders(
  unit: Unit,
  names: QueueNames,
  jobs: readonly StoredJob[],
  taken: Taken,
): Promise<void> {
  const crowded = taken.all ? [] : jobs.filter(({ queue }) => mayBeFull(unit.queueOf(queue), jobs.length))
  const parts = askForHolders(unit, names, jobs)
  if (crowded.length > 0) parts.push(askIds(unit, crowded, taken))
  if (parts.length === 0) return
  await unit.ask(parts)
  const lines = linesOfFound(unit)
  if (lines.length > 0) await unit.ask(lines)
}

/** Write jobs down, in this transaction. `taken` grows by them. */
export function enqueueInto(unit: Unit, jobs: readonly StoredJob[], taken: Taken): Added[] {
  return jobs.map((job) => enqueueOne(unit, job, taken))
}

function enqueueOne(unit: Unit, job: StoredJob, taken: Taken): Added {
  const { id, unique } = job
  const queue = unit.queueOf(job.queue)
  // What is looked at first: the id, the unique key, the depth.
  if (isTaken(unit, taken.ids.get(id))) return { outcome: 'duplicate', id }
  let outcome: 'added' | 'replaced' = 'added'
  if (unique !== undefined) {
    const holder = unit.keys.holder(queue.q, packName(unique.key), unit.nowMs)
    if (holder !== undefined) {
      if (unique.mode === 'keep' || !replace(unit, queue, holder.n))
        return { outcome: 'duplicate', id: unpack(holder.id) }
      outcome = 'replaced'
    }
  }
  if (outcome === 'added' && mayBeFull(queue, 1)) return { outcome: 'full', id }
  const n = write(unit, job, unit.line(queue, job.group))
  taken.ids.set(id, { q: queue.q, n })
  if (unique !== undefined) holdKey(unit, queue.q, packName(unique.key), holderOf(unit, job, n, unique))
  return { outcome, id }
}

/** Not by a job that leaves the store in this transaction. */
const isTaken = ({ pending }: Unit, by: { q: number; n: number } | undefined): boolean =>
  by !== undefined && !pending.isForgotten(by.q, by.n)

/** Whether so many more would be too many. */
const mayBeFull = ({ limits, ready, delayed }: Queue, more: number): boolean =>
  limits?.depthMax !== undefined && ready + delayed + more > limits.depthMax

const holderOf = (unit: Unit, { id }: StoredJob, n: number, { forMs }: Unique) => ({
  n,
  id: packName(id),
  untilMs: forMs === undefined ? undefined : Math.ceil(unit.nowMs + forMs),
})

/** The job's number. */
function write(unit: Unit, job: StoredJob, line: Line): number {
  const { queue } = line
  const n = unit.next(queue)
  const dueAtMs = dueAtMsOf(unit.nowMs, job.due)
  unit.pending.addJob(queue.q, n, jobRow(unit.sql, unit.nowMs, job, { q: queue.q, line: line.line, n, dueAtMs }))
  const placed = { q: queue.q, n, line: line.line, prio: 9 - job.priority, attempts: 0, crashes: 0 }
  if (dueAtMs === undefined) addReady(unit, placed, n)
  else addDelayed(unit, placed, dueAtMs)
  if (job.unique !== undefined) {
    const untouched = { state: undefined, s: 0, loan: 0, pos: n, dueAtMs, settledAtMs: undefined }
    keepFound(unit, {
      ...placed,
      ...untouched,
      cancelling: false,
      arrived: false,
      keyed: true,
      extra: extraOf(job),
      id: job.id,
    })
  }
  return n
}

interface JobPlace {
  q: number
  line: number
  n: number
  dueAtMs: number | undefined
}

/** A row of `job`. */
export function jobRow({ text }: Sql, nowMs: number, job: StoredJob, { q, line, n, dueAtMs }: JobPlace): string {
  const extra = extraOf(job)
  const head = `${q},${n},${text(packName(job.id))},${line},${9 - job.priority},${text(packName(job.name))}`
  return `(${head},${nowMs},${orNull(dueAtMs)},${extra === null ? 'null' : text(extra)},${text(pack(job.body))})`
}

/** When it is due, by the store's clock; undefined for now. */
export function dueAtMsOf(nowMs: number, due: Due | undefined): number | undefined {
  if (due === undefined) return undefined
  const atMs = Math.ceil('inMs' in due ? nowMs + due.inMs : due.atMs)
  return atMs > nowMs ? Math.min(atMs, Number.MAX_SAFE_INTEGER) : undefined
}

/** Remove a job that has not started; false when it has, or is gone. */
function replace(unit: Unit, { q }: Queue, n: number): boolean {
  const holder = foundIn(unit, q, n)
  if (holder === undefined || !isWaiting(holder)) return false
  leaveWaiting(unit, holder)
  forget(unit, holder)
  return true
}

function put<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const known = sets.get(key)
  if (known === undefined) sets.set(key, new Set([value]))
  else known.add(value)
}
