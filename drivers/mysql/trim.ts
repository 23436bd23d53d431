import type { Keep, TerminalState } from '../../src/contract/index.ts'
import { removeOne } from './actions.ts'
import { stateCodes } from './codec.ts'
import { findJobs, foundIn, linesOfFound } from './jobs.ts'
import { isAmong, unpackNumbers } from './ranges.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** What became of one state. */
interface Trimmed {
  removed: number
  more: boolean
}

/** Forget settled jobs of a queue beyond what is to be kept of each state, oldest first, at most `limit`. */
export async function trimQueue(
  unit: Unit,
  q: number,
  states: readonly TerminalState[],
  keep: Keep,
  limit: number,
): Promise<Trimmed> {
  await unit.ask(unit.locking([q]))
  const queue = unit.queues.get(q)
  const all = { removed: 0, more: false }
  if (queue === undefined) return all
  for (const state of new Set(states)) {
    const left = limit - all.removed
    const { removed, more } =
      state === 'done' ? await trimDone(unit, queue, keep, left) : await trimFailed(unit, queue, state, keep, left)
    all.removed += removed
    all.more ||= more
  }
  return all
}

/** By the batches in which they were settled: of each of them only those count that were not removed or retried since. */
async function trimDone(unit: Unit, queue: Queue, keep: Keep, limit: number): Promise<Trimmed> {
  const { t, run } = unit.sql
  const { q } = queue
  const [batches = []] = await run([
    `select batch, at, ns from ${t.kept} where q = ${q} order by q, batch limit ${limit + 1}`,
  ])
  let removed = 0
  for (const [batch, atMs, text] of batches as [number, number, string][]) {
    const isOld = atMs < unit.nowMs - keep.ageMs
    const excess = isOld ? Infinity : queue.done - keep.count
    if (excess <= 0) return { removed, more: false }
    if (removed >= limit) return { removed, more: true }
    const all = unpackNumbers(text)
    const there = await thereOf(unit, q, batch, all.slice(queue.keptHead))
    const gone = there.slice(0, Math.min(excess, limit - removed))
    forgetAll(unit, q, batch, gone)
    removed += gone.length
    queue.done -= gone.length
    if (gone.length < there.length) {
      queue.keptHead = all.indexOf(gone.at(-1)!) + 1
      return { removed, more: isOld || queue.done > keep.count }
    }
    queue.keptHead = 0
    unit.pending.last.push(`delete from ${t.kept} where q = ${q} and batch = ${batch}`)
  }
  return { removed, more: batches.length > limit }
}

/** Those of a batch that are done and in no other, in its order. */
async function thereOf({ sql }: Unit, q: number, batch: number, ns: number[]): Promise<number[]> {
  if (ns.length === 0) return []
  const [rows = []] = await sql.run([
    `select n from ${sql.t.fate} where q = ${q} and ${isAmong('n', ns)} and batch = ${batch} and state = ${stateCodes.done}`,
  ])
  const there = new Set(rows.map(([n]) => n as number))
  return ns.filter((n) => there.has(n))
}

function forgetAll(unit: Unit, q: number, batch: number, ns: number[]): void {
  if (ns.length === 0) return
  const { t } = unit.sql
  unit.pending.last.push(
    `delete from ${t.job} where q = ${q} and ${isAmong('n', ns)}`,
    `delete from ${t.fate} where q = ${q} and ${isAmong('n', ns)} and batch = ${batch}`,
  )
}

async function trimFailed(
  unit: Unit,
  queue: Queue,
  state: Exclude<TerminalState, 'done'>,
  keep: Keep,
  limit: number,
): Promise<Trimmed> {
  const { q } = queue
  const code = stateCodes[state]
  const excess = queue[state] - keep.count
  const [rows = []] = await unit.sql.run([
    `select n, settled from ${unit.sql.t.failed} where q = ${q} and state = ${code} order by q, state, settled, n limit ${limit + 1}`,
  ])
  const over = (rows as [number, number][]).filter(
    ([, settledAtMs], i) => i < excess || settledAtMs < unit.nowMs - keep.ageMs,
  )
  const ns = over.slice(0, limit).map(([n]) => n)
  if (ns.length === 0) return { removed: 0, more: over.length > 0 }
  await unit.ask(findJobs(unit, q, ns))
  const lines = linesOfFound(unit)
  if (lines.length > 0) await unit.ask(lines)
  const jobs = ns.flatMap((n) => foundIn(unit, q, n) ?? []).filter((job) => job.state === code)
  for (const job of jobs) removeOne(unit, job)
  return { removed: jobs.length, more: over.length > limit }
}
