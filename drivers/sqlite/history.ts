import type { Keep } from '../../src/contract/index.ts'
import { packNumbers, unpackNumbers } from './codec.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/**
 * Which done jobs are kept: those of one settle are one row of fw_kept, so that keeping costs nothing a job, and trimming
 * takes whole ranges of numbers. A job that was retried or removed since has another batch, or no row, and is left alone.
 */
export function keepDone(unit: Unit, queue: Queue, batch: number, ns: readonly number[]): void {
  unit.sql.run(
    'insert into fw_kept (q, batch, at, ns) values (?, ?, ?, ?)',
    queue.q,
    batch,
    unit.nowMs,
    packNumbers(ns),
  )
}

/** Forget the done jobs that are too many or too old, oldest first, at most `limit`. */
export function trimDone(unit: Unit, queue: Queue, keep: Keep, limit: number): void {
  let left = limit
  while (left > 0) {
    const oldest = unit.sql.get<[number, number, Uint8Array]>(
      'select batch, at, ns from fw_kept where q = ? order by batch limit 1',
      queue.q,
    )
    if (oldest === undefined) return
    const [batch, at, blob] = oldest
    const excess = at < unit.nowMs - keep.ageMs ? Infinity : queue.done - keep.count
    if (excess <= 0) return
    const ns = unpackNumbers(blob)
    const count = Math.min(excess, left, ns.length - queue.keptHead)
    forgetDone(unit, queue, batch, ns.slice(queue.keptHead, queue.keptHead + count))
    left -= Math.max(count, 1)
    queue.keptHead += count
    if (queue.keptHead >= ns.length) {
      unit.sql.run('delete from fw_kept where q = ? and batch = ?', queue.q, batch)
      queue.keptHead = 0
    }
  }
}

/** Whether there is something for `trimDone`. */
export function isTrimDue(unit: Unit, queue: Queue, keep: Keep): boolean {
  const oldest = unit.sql.get<[number]>('select at from fw_kept where q = ? order by batch limit 1', queue.q)
  return oldest !== undefined && (oldest[0] < unit.nowMs - keep.ageMs || queue.done > keep.count)
}

function forgetDone(unit: Unit, queue: Queue, batch: number, ns: Float64Array): void {
  for (const [from, to] of ranges(ns.sort())) {
    unit.sql.run(
      'delete from fw_job where n in (select n from fw_fate where n between ? and ? and batch = ?)',
      from,
      to,
      batch,
    )
    queue.done -= unit.sql.run('delete from fw_fate where n between ? and ? and batch = ?', from, to, batch)
  }
}

/** Sorted numbers as ranges without gaps. */
export function ranges(sorted: Float64Array): [from: number, to: number][] {
  const found: [number, number][] = []
  for (const n of sorted) {
    const last = found.at(-1)
    if (last !== undefined && n === last[1] + 1) last[1] = n
    else found.push([n, n])
  }
  return found
}
