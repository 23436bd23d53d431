import type { Receipt } from '../../src/contract/index.ts'
import { loanedOf } from './codec.ts'
import type { Link } from './link.ts'
import { sessionStates } from './session.ts'
import { clock, type Row } from './sql.ts'
import { acquitSettled, type Noted, notedOf, suspectsAmong } from './suspects.ts'
import { askLoans, lenient, type Loan, takeBack } from './take-back.ts'
import type { Tables } from './tables.ts'
import { isTidyDue, tidyInto } from './tidy.ts'
import type { Unit } from './unit.ts'

/** Sessions and loans looked at in one transaction. */
const sessionsMax = 100
const loansMax = 100

/** There is something to sweep: asked before anything is locked. */
const askSweepDue = (t: Tables): string =>
  `select 1 as due from dual where exists (select 1 from ${t.session} where state = ${sessionStates.lives} and lease_until < ${clock})
   or exists (select 1 from ${t.session} where state = ${sessionStates.revoked})`

/** Both look first, without a lock, whether anything is due. */
export async function sweepAndTidy(link: Link, limit: number): Promise<{ taken: number; more: boolean }> {
  const { t, settings } = link
  const [due = []] = await link.run('sweep', [askSweepDue(t)])
  if (await link.look('sweep', (sql) => isTidyDue(sql, settings.deadAgeMs))) {
    await link.transact('sweep', (unit) => tidyInto(unit, settings.deadAgeMs))
  }
  return due.length > 0 ? link.transact('sweep', (unit) => sweepInto(unit, limit)) : { taken: 0, more: false }
}

/** Revoke sessions past their lease and take back what they held, at most `limit` jobs. Those that somebody else is sweeping are passed over. */
async function sweepInto(unit: Unit, limit: number): Promise<{ taken: number; more: boolean }> {
  const { t, run } = unit.sql
  const over: Noted[] = []
  const revoked: Noted[] = []
  const ask = (where: string, into: Noted[]) => ({
    text: `select s, accused, unbegun from ${t.session} where ${where} order by state, lease_until limit ${sessionsMax} for update skip locked`,
    take: (rows: Row[]) => into.push(...rows.map(notedOf)),
  })
  await unit.ask([
    ask(`state = ${sessionStates.lives} and lease_until < ${clock}`, over),
    ask(`state = ${sessionStates.revoked}`, revoked),
  ])
  const all = [...revoked, ...over]
  if (all.length === 0) return { taken: 0, more: false }
  const ss = all.map(({ s }) => s)
  for (const noted of over) await acquitSettled(unit.sql, noted)
  await run([`update ${t.session} set state = ${sessionStates.revoked} where s in (${ss.join(',')})`])
  const loans: Loan[] = []
  await unit.ask([askLoans(unit, ss, loansMax, loans)])
  const taken = await takeBack(unit, loans, { ...lenient, isSuspect: suspectsAmong(all) }, limit)
  await run(unit.flush())
  const [open = []] = await run([`select distinct s from ${t.loan} where s in (${ss.join(',')})`])
  const still = new Set(open.map(([s]) => s))
  const ended = ss.filter((s) => !still.has(s))
  if (ended.length > 0)
    await run([`update ${t.session} set state = ${sessionStates.ended} where s in (${ended.join(',')})`])
  return { taken, more: still.size > 0 || all.length >= sessionsMax }
}

/** Release what a session still holds, at most `limit`; when nothing is left, the session is over. */
export async function endSession(unit: Unit, s: number, limit: number): Promise<{ more: boolean }> {
  const { t, run } = unit.sql
  const loans: Loan[] = []
  await unit.ask([
    { text: `select s from ${t.session} where s = ${s} for update`, take: () => {} },
    askLoans(unit, [s], loansMax, loans),
  ])
  await takeBack(unit, loans, lenient, limit)
  await run(unit.flush())
  const [left = []] = await run([`select loan from ${t.loan} where s = ${s} limit 1`])
  if (left.length > 0) return { more: true }
  await run([`update ${t.session} set state = ${sessionStates.ended} where s = ${s}`])
  return { more: false }
}

/** Loans that the worker does not know are released; those it knows and the store does not are told. */
export async function reconcileInto(
  unit: Unit,
  s: number,
  known: readonly Receipt[],
): Promise<{ released: number; revoked: Receipt[] }> {
  const loans: Loan[] = []
  await unit.ask([askLoans(unit, [s], 1_000_000, loans)])
  const knows = new Set(known.map(placeIn))
  const released = await takeBack(
    unit,
    loans,
    { ...lenient, keeps: ({ loan, q }, n) => knows.has(`${s}.${loan}.${q}.${n}`) },
    Infinity,
  )
  const held = new Set<string>()
  for (const { q, n, state, s: by, loan } of unit.jobs.values())
    if (state === 1 && by === s) held.add(`${s}.${loan}.${q}.${n}`)
  return { released, revoked: known.filter((receipt) => !held.has(placeIn(receipt))) }
}

function placeIn(receipt: Receipt): string {
  const loaned = loanedOf(receipt)
  return loaned === undefined ? '' : `${loaned.s}.${loaned.loan}.${loaned.q}.${loaned.n}`
}
