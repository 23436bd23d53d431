import type { Keep } from '../../src/contract/index.ts'
import { pack, stateCodes } from './codec.ts'
import type { Found } from './jobs.ts'
import { isAmong, packNumbers, unpackNumbers } from './ranges.ts'
import type { Queue } from './rows.ts'
import type { Part, Unit } from './unit.ts'

/** The oldest batches of a queue that one settle looks at. */
const batchesMax = 50

/** Done jobs forgotten in one settle beyond those that came in, at most: a history that was longer shrinks by and by. */
const trimExtra = 250

interface Batch {
  batch: number
  atMs: number
  ns: () => readonly number[]
}

interface Kept {
  ns: number[]
  /** Those without a result: they are written in one go. */
  plain: number[]
  batch: number
  keep: Keep
}

/**
 * Which done jobs are kept: those of one settle are one row of `kept`, so that keeping costs nothing a job, and trimming
 * takes whole ranges of numbers. A job that was retried or removed since has another batch, or no row, and is left alone.
 */
export class History {
  readonly #unit: Unit
  readonly #oldest = new Map<number, Batch[]>()
  readonly #kept = new Map<Queue, Kept>()

  constructor(unit: Unit) {
    this.#unit = unit
  }

  /** The batches that may have to go. */
  ask(q: number): Part {
    const { t, lock } = this.#unit.sql
    const oldest: Batch[] = []
    this.#oldest.set(q, oldest)
    return {
      text: `select batch, at, ns from ${t.kept} where q = ${q} order by q, batch limit ${batchesMax}${lock}`,
      take: (rows) => {
        for (const [batch, atMs, ns] of rows as [number, number, string][]) {
          oldest.push({ batch, atMs, ns: () => unpackNumbers(ns) })
        }
      },
    }
  }

  /** A job is done: kept, or dropped at once. */
  done(job: Found, { result, keep }: { result?: string; keep?: Keep }): void {
    const unit = this.#unit
    const { q, n, line, prio, attempts, crashes } = job
    const queue = unit.queues.get(q)!
    const kept = keep === undefined ? undefined : this.#keptOf(queue, keep)
    if (kept === undefined || keep!.count <= 0) return unit.pending.forgetJob(q, n)
    queue.done++
    kept.ns.push(n)
    if (result === undefined) kept.plain.push(n)
    else {
      const row = { q, n, line, prio, state: stateCodes.done, attempts, crashes, settledAtMs: unit.nowMs }
      unit.pending.setFate({ ...row, batch: kept.batch, text: pack(result) })
    }
  }

  write(): void {
    const { pending, nowMs, sql } = this.#unit
    for (const [queue, { ns, plain, batch, keep }] of this.#kept) {
      const { q } = queue
      if (plain.length > 0) {
        pending.last.push(
          `update ${sql.t.fate} set state = ${stateCodes.done}, s = 0, loan = 0, settled = ${nowMs}, batch = ${batch}, cancelling = 0,
           error = text, text = null where q = ${q} and ${isAmong('n', plain)}`,
        )
      }
      if (ns.length > 0) {
        pending.last.push(
          `insert into ${sql.t.kept} (q, batch, at, ns) values (${q},${batch},${nowMs},'${packNumbers(ns)}')`,
        )
        const oldest = this.#oldest.get(q)
        if (oldest !== undefined && oldest.length < batchesMax) oldest.push({ batch, atMs: nowMs, ns: () => ns })
      }
      this.trim(queue, keep, ns.length + trimExtra)
    }
  }

  /** Forget the done jobs that are too many or too old, oldest first, at most `limit`, of the batches that were asked for. Answers how many. */
  trim(queue: Queue, keep: Keep, limit: number): number {
    let left = limit
    let done = queue.done
    for (const { batch, atMs, ns } of this.#oldest.get(queue.q) ?? []) {
      const excess = atMs < this.#unit.nowMs - keep.ageMs ? Infinity : done - keep.count
      if (excess <= 0 || left <= 0) break
      const all = ns()
      const count = Math.min(excess, left, all.length - queue.keptHead)
      this.#forget(queue, batch, all.slice(queue.keptHead, queue.keptHead + count))
      left -= Math.max(count, 1)
      done -= count
      queue.keptHead += count
      if (queue.keptHead < all.length) break
      this.#unit.pending.last.push(`delete from ${this.#unit.sql.t.kept} where q = ${queue.q} and batch = ${batch}`)
      queue.keptHead = 0
    }
    return queue.done - done
  }

  #forget(queue: Queue, batch: number, ns: readonly number[]): void {
    if (ns.length === 0) return
    const { t } = this.#unit.sql
    const gone = `@fw_gone_${queue.q}`
    this.#unit.trim(queue, [
      `delete from ${t.job} where q = ${queue.q} and ${isAmong('n', ns)}
       and exists (select 1 from ${t.fate} f where f.q = ${t.job}.q and f.n = ${t.job}.n and f.batch = ${batch})`,
      `delete from ${t.fate} where q = ${queue.q} and ${isAmong('n', ns)} and batch = ${batch}`,
      `set ${gone} = ${gone} + row_count()`,
    ])
  }

  #keptOf(queue: Queue, keep: Keep): Kept {
    const known = this.#kept.get(queue)
    if (known !== undefined) {
      known.keep = keep
      return known
    }
    const made = { ns: [], plain: [], batch: this.#unit.next(queue), keep }
    this.#kept.set(queue, made)
    return made
  }
}
