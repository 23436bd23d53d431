import { removeOne } from './actions.ts'
import { callAgeMs } from './calls.ts'
import { findByN } from './jobs.ts'
import { endTerms } from './ledger.ts'
import type { Sql } from './sql.ts'
import type { Unit } from './unit.ts'

/** Rows of each kind that one call tidies away, at most. */
const tidyMax = 250

/** What is due for tidying: asked before the write lock is taken. `state > 2` is what tells SQLite of the partial index. */
export function isTidyDue(sql: Sql, nowMs: number, deadAgeMs: number): boolean {
  const settledBefore = nowMs - deadAgeMs
  const found = sql.get(
    `select 1 where exists (select 1 from fw_fate where state = 3 and state > 2 and settled < ?1)
     or exists (select 1 from fw_fate where state = 4 and state > 2 and settled < ?1)
     or exists (select 1 from fw_fate where state = 5 and state > 2 and settled < ?1)
     or exists (select 1 from fw_key where until is not null and until < ?2)
     or exists (select 1 from fw_term where until <= ?2)
     or exists (select 1 from fw_session where state = 2 and lease_until < ?3)`,
    settledBefore,
    nowMs,
    nowMs - callAgeMs,
  )
  return found !== undefined
}

/** Forget, a bounded piece a call: old failures, keys and records whose time is over, sessions that ended and what they called. */
export function tidyInto(unit: Unit, deadAgeMs: number): void {
  const { sql, nowMs } = unit
  for (const state of [3, 4, 5]) {
    const old = sql.all<[number]>(
      `select n from fw_fate where state = ? and state > 2 and settled < ? order by settled limit ${tidyMax}`,
      state,
      nowMs - deadAgeMs,
    )
    for (const [n] of old) removeOne(unit, findByN(unit, n)!)
  }
  sql.run(
    `delete from fw_key where (q, key) in
     (select q, key from fw_key where until is not null and until < ? order by until limit ${tidyMax})`,
    nowMs,
  )
  endTerms(sql, nowMs, tidyMax)
  const ended = sql.all<[number]>(
    'select s from fw_session where state = 2 and lease_until < ? order by lease_until limit 50',
    nowMs - callAgeMs,
  )
  for (const [s] of ended) {
    // A client that only enqueues calls on after its lease: its answers are remembered for as long as it does.
    sql.run('delete from fw_call where s = ? and at < ?', s, nowMs - callAgeMs)
    if (sql.get('select 1 from fw_call where s = ? limit 1', s) === undefined) {
      sql.run('delete from fw_session where s = ?', s)
      sql.run('delete from fw_keep where s = ?', s)
    }
  }
}
