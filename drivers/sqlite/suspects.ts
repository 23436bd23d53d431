import type { Receipt } from '../../src/contract/index.ts'
import { loanedOf } from './codec.ts'
import type { Sql } from './sql.ts'

// Whom a crash is counted for: those whom a keeper has accused, else all but those that had not begun.

/** A new lease; whoever was accused of the death that did not come is free again. */
export function renewSession(sql: Sql, s: number, nowMs: number): void {
  sql.run('update fw_session set lease_until = ? + lease where s = ?', nowMs, s)
  sql.run('update fw_keep set accused = null where s = ? and accused is not null', s)
}

export function accuse(sql: Sql, s: number, receipts: readonly Receipt[]): void {
  sql.run(
    'insert into fw_keep (s, accused) values (?, ?) on conflict (s) do update set accused = excluded.accused',
    s,
    JSON.stringify(receipts),
  )
}

/** What the newest report names; hardly any report names something, and then nothing is written. */
export function noteUnbegun(sql: Sql, s: number, receipts: readonly Receipt[]): void {
  if (receipts.length === 0) {
    sql.run('update fw_keep set unbegun = null where s = ? and unbegun is not null', s)
    return
  }
  sql.run(
    'insert into fw_keep (s, unbegun) values (?, ?) on conflict (s) do update set unbegun = excluded.unbegun',
    s,
    JSON.stringify(receipts),
  )
}

/** The session dies: whoever is no longer on loan to it is not why. */
export function acquitSettled(sql: Sql, s: number): void {
  const accused = noted(sql, s, 'accused')
  if (accused.length === 0) return
  const held = accused.filter((receipt) => {
    const loaned = loanedOf(receipt)
    return (
      loaned !== undefined &&
      sql.get('select 1 from fw_fate where n = ? and loan = ? and state = 1', loaned.n, loaned.loan) !== undefined
    )
  })
  sql.run('update fw_keep set accused = ? where s = ?', held.length === 0 ? null : JSON.stringify(held), s)
}

/** Of the loans of a session that has died. */
export function suspectsOf(sql: Sql, s: number): (loan: number, n: number) => boolean {
  const accused = placesOf(noted(sql, s, 'accused'))
  if (accused.size > 0) return (loan, n) => accused.has(`${loan}.${n}`)
  const unbegun = placesOf(noted(sql, s, 'unbegun'))
  return (loan, n) => !unbegun.has(`${loan}.${n}`)
}

function placesOf(receipts: readonly Receipt[]): Set<string> {
  const loans = receipts.map(loanedOf).filter((loaned) => loaned !== undefined)
  return new Set(loans.map(({ loan, n }) => `${loan}.${n}`))
}

function noted(sql: Sql, s: number, column: 'accused' | 'unbegun'): Receipt[] {
  const text = sql.get<[string | null]>(`select ${column} from fw_keep where s = ?`, s)?.[0]
  return text == null ? [] : (JSON.parse(text) as Receipt[])
}
