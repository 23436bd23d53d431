import type { Env } from '../../src/base/env.ts'
import type { Keep, TerminalState } from '../../src/contract/index.ts'
import { removeOne } from './actions.ts'
import { stateCodes, type TerminalCode } from './codec.ts'
import type { Connection } from './connection.ts'
import { isTrimDue, trimDone } from './history.ts'
import { findByN } from './jobs.ts'
import type { Queue } from './rows.ts'
import type { Sql } from './sql.ts'
import { Unit } from './unit.ts'

/** Ended jobs of all queues looked at between two turns of the event loop. */
const sliceMax = 1_000

type Failed = Exclude<TerminalState, 'done'>

/** Forgets what of a queue's settled jobs is too many or too old. */
export class Trimmer {
  readonly #env: Env
  /** Up to when all ended jobs of a state were of other queues, or too young: the index tells no queues apart. */
  readonly #seenMs = new Map<string, number>()

  constructor(env: Env) {
    this.#env = env
  }

  async trim(
    connection: Connection,
    name: string,
    states: readonly TerminalState[],
    keep: Keep,
    limit: number,
  ): Promise<{ removed: number; more: boolean }> {
    const old = new Map<Failed, number[]>()
    for (const state of new Set(states)) {
      if (state !== 'done') old.set(state, await this.#oldest(connection, name, state, keep, limit + 1))
    }
    return connection.write((unit) => {
      const queue = unit.findQueue(name)
      if (queue === undefined) return { removed: 0, more: false }
      let [removed, more] = [0, false]
      for (const state of new Set(states)) {
        const before = queue[state]
        if (state === 'done') {
          if (removed < limit) trimDone(unit, queue, keep, limit - removed)
          more ||= isTrimDue(unit, queue, keep)
        } else {
          const ns = old.get(state)!
          trimFailed(unit, queue, state, keep, ns.slice(0, limit - removed))
          more ||= ns.length > limit - removed
        }
        removed += before - queue[state]
      }
      return { removed, more }
    })
  }

  /** The oldest ones of the queue, at most `most` and no more than are beyond what is kept. Looked for before anything is locked. */
  async #oldest(connection: Connection, name: string, state: Failed, keep: Keep, most: number): Promise<number[]> {
    const found: number[] = []
    const key = `${state} ${name}`
    let from: [settled: number, n: number] = [this.#seenMs.get(key) ?? 0, 0]
    for (;;) {
      const isOver = await connection.read((sql) => {
        const unit = new Unit(sql)
        const queue = unit.findQueue(name)
        if (queue === undefined) return true
        const oldMs = unit.nowMs - keep.ageMs
        const excess = queue[state] - keep.count
        const rows = ended(sql, stateCodes[state], from)
        for (const [settled, n, q] of rows) {
          if (found.length >= most || (settled >= oldMs && found.length >= excess)) return true
          if (q === queue.q) found.push(n)
          else if (found.length === 0) this.#seenMs.set(key, settled)
          from = [settled, n]
        }
        if (rows.length === sliceMax) return false
        // All were looked at: the next call begins anew, in case the clock was put back.
        if (found.length === 0) this.#seenMs.delete(key)
        return true
      })
      if (isOver) return found
      await new Promise<void>((resolve) => this.#env.immediate(resolve))
    }
  }
}

const ended = (
  sql: Sql,
  code: TerminalCode,
  [settled, n]: [number, number],
): [settled: number, n: number, q: number][] =>
  sql.all<[number, number, number]>(
    `select f.settled, f.n, i.q from fw_fate f cross join fw_line i on i.line = f.line
     where f.state = ? and f.state > 2 and (f.settled, f.n) > (?, ?) order by f.settled, f.n limit ${sliceMax}`,
    code,
    settled,
    n,
  )

/** Those that still are beyond what is kept. */
function trimFailed(unit: Unit, queue: Queue, state: Failed, keep: Keep, ns: readonly number[]): void {
  for (const n of ns) {
    const job = findByN(unit, n)
    if (job === undefined || job.state !== stateCodes[state]) continue
    const settled = unit.sql.get<[number]>('select settled from fw_fate where n = ?', n)![0]
    if (queue[state] > keep.count || settled < unit.nowMs - keep.ageMs) removeOne(unit, job)
  }
}
