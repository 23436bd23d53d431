import { hostname } from 'node:os'
import type { Env } from '../../src/base/env.ts'
import { lostAttempt } from '../../src/contract/index.ts'
import type { Pulse, Receipt, Report } from '../../src/contract/index.ts'
import { loanedOf, pack, receiptOf, type Stored, unpack, unpackNumbers } from './codec.ts'
import { comeBack, findByN, noteFailure, uniqueOf } from './jobs.ts'
import { closeLoans } from './settle.ts'
import type { Sql } from './sql.ts'
import { acquitSettled, noteUnbegun, renewSession, suspectsOf } from './suspects.ts'
import type { Unit } from './unit.ts'

export interface Session {
  s: number
  name: string
}

/** fw_session.state: it lives; it was revoked and still has loans to take back; it is over. */
const sessionStates = { lives: 0, revoked: 1, ended: 2 } as const

export function openSession(unit: Unit, env: Env, leaseMs: number): Session {
  const session = { s: unit.next(), name: `${hostname()}:${process.pid}:${env.id()}` }
  unit.sql.run(
    "insert into fw_session (s, name, opened, lease_until, lease, about) values (?, ?, ?, ?, ?, '')",
    session.s,
    session.name,
    unit.nowMs,
    Math.ceil(unit.nowMs + leaseMs),
    leaseMs,
  )
  return session
}

/** False once somebody has taken it back, or it was closed. One past its lease lives until then. */
export function isAlive(sql: Sql, s: number): boolean {
  return sql.get<[number]>('select state from fw_session where s = ?', s)?.[0] === sessionStates.lives
}

/** Renew, write what the worker reports, and tell what it should know. */
export function beatInto(unit: Unit, s: number, report: Report): Pulse {
  const { sql, nowMs } = unit
  const paused = sql
    .all<[Stored]>('select name from fw_queue where paused = 1 order by name')
    .map(([name]) => unpack(name))
  if (!isAlive(sql, s)) return { session: 'revoked', revoked: [], cancelled: [], paused }
  if (report.renew) renewSession(sql, s, nowMs)
  noteUnbegun(sql, s, report.unbegun ?? [])
  sql.run('update fw_session set about = ?1 where s = ?2 and about is not ?1', pack(report.about), s)
  for (const { receipt, value } of report.progress) {
    const loaned = loanedOf(receipt)
    if (loaned === undefined) continue
    sql.run('update fw_fate set progress = ? where n = ? and loan = ?', pack(value), loaned.n, loaned.loan)
  }
  return { session: 'alive', revoked: [], cancelled: cancelledOf(sql, s), paused, held: heldBy(sql, s) }
}

export function heldBy(sql: Sql, s: number): number {
  return sql.get<[number]>('select coalesce(sum(open), 0) as held from fw_loan where s = ?', s)![0]
}

/** The session's loans whose job somebody wants cancelled. */
function cancelledOf(sql: Sql, s: number): Receipt[] {
  return sql
    .all<[number, number, number, number, string | null]>(
      `select f.loan, f.n, j.line, i.q, j.extra from fw_fate f join fw_loan l on l.loan = f.loan
       join fw_job j on j.n = f.n join fw_line i on i.line = j.line
       where f.cancelling = 1 and f.state = 1 and l.s = ? limit 1000`,
      s,
    )
    .map(([loan, n, line, q, extra]) => receiptOf(loan, n, line, q, uniqueOf(extra) !== undefined))
}

interface Loan {
  loan: number
  ns: Float64Array
}

/** The session's loans, oldest first. */
function loansOf(sql: Sql, s: number, limit: number): Loan[] {
  return sql
    .all<[number, Uint8Array]>('select loan, ns from fw_loan where s = ? order by loan limit ? + 0', s, limit)
    .map(([loan, ns]) => ({ loan, ns: unpackNumbers(ns) }))
}

/** Jobs of a loan go back to their old places, their attempt given back; at most `limit`. Answers how many went. */
function takeBack(
  unit: Unit,
  { loan, ns }: Loan,
  isSuspect: (n: number) => boolean,
  limit: number,
  keeps: (n: number) => boolean,
): number {
  let taken = 0
  for (const n of ns) {
    if (taken >= limit) break
    const job = findByN(unit, n)
    if (job === undefined || job.loan !== loan || keeps(n)) continue
    const suspect = isSuspect(n)
    const crashes = job.crashes + (suspect ? 1 : 0)
    if (suspect) noteFailure(unit, n, lostAttempt)
    comeBack(unit, job, { attempts: job.attempts - 1, crashes, dueAtMs: undefined, pos: n })
    taken++
  }
  closeLoans(unit, new Map([[loan, taken]]))
  return taken
}

const none = () => false

/** Release what a session still holds, at most `limit`; when nothing is left, the session is over. */
export function endSession(unit: Unit, s: number, limit: number): { more: boolean } {
  let left = limit
  for (;;) {
    const [loan] = loansOf(unit.sql, s, 1)
    if (loan === undefined) break
    if (left <= 0) return { more: true }
    left -= Math.max(1, takeBack(unit, loan, none, left, none))
    dropIfEmpty(unit, loan)
  }
  unit.sql.run('update fw_session set state = ? where s = ?', sessionStates.ended, s)
  return { more: false }
}

/** A loan whose count has drifted must not stop those behind it. */
function dropIfEmpty(unit: Unit, { loan, ns }: Loan): void {
  const held = ns.some((n) => unit.sql.get('select 1 from fw_fate where n = ? and loan = ?', n, loan) !== undefined)
  if (!held) unit.sql.run('delete from fw_loan where loan = ?', loan)
}

/** There is something to sweep: asked before the write lock is taken. */
export function isSweepDue(sql: Sql, nowMs: number): boolean {
  const found = sql.get(
    `select 1 where exists (select 1 from fw_session where state = 0 and lease_until < ?)
     or exists (select 1 from fw_session where state = 1)`,
    nowMs,
  )
  return found !== undefined
}

/** Revoke sessions past their lease and take back what they held, at most `limit` jobs. */
export function sweepInto(unit: Unit, limit: number): { taken: number; more: boolean } {
  const { sql, nowMs } = unit
  const over = sql.all<[number]>(
    'select s from fw_session where state = 0 and lease_until < ? order by lease_until limit 100',
    nowMs,
  )
  for (const [s] of over) {
    sql.run('update fw_session set state = 1 where s = ?', s)
    acquitSettled(sql, s)
  }
  let taken = 0
  for (const [s] of sql.all<[number]>('select s from fw_session where state = 1 order by lease_until limit 100')) {
    const isSuspect = suspectsOf(sql, s)
    for (;;) {
      const [loan] = loansOf(sql, s, 1)
      if (loan === undefined) {
        sql.run('update fw_session set state = 2 where s = ?', s)
        break
      }
      if (taken >= limit) return { taken, more: true }
      taken += takeBack(unit, loan, (n) => isSuspect(loan.loan, n), limit - taken, none)
      dropIfEmpty(unit, loan)
    }
  }
  return { taken, more: isSweepDue(sql, nowMs) }
}

/** Loans that the worker does not know are released; those it knows and the store does not are told. */
export function reconcileInto(
  unit: Unit,
  s: number,
  known: readonly Receipt[],
): { released: number; revoked: Receipt[] } {
  const knows = new Set<string>()
  const revoked: Receipt[] = []
  for (const receipt of known) {
    const loaned = loanedOf(receipt)
    const held =
      loaned !== undefined &&
      unit.sql.get(
        'select 1 from fw_fate f join fw_loan l on l.loan = f.loan where f.n = ? and f.loan = ? and l.s = ?',
        loaned.n,
        loaned.loan,
        s,
      ) !== undefined
    if (held) knows.add(`${loaned.loan}.${loaned.n}`)
    else revoked.push(receipt)
  }
  let released = 0
  for (const loan of loansOf(unit.sql, s, Number.MAX_SAFE_INTEGER)) {
    released += takeBack(unit, loan, none, Infinity, (n) => knows.has(`${loan.loan}.${n}`))
  }
  return { released, revoked }
}
