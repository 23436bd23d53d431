import { lostAttempt } from '../../src/contract/index.ts'
import { stateCodes } from './codec.ts'
import { comeBack, findJobs, foundIn, linesOfFound } from './jobs.ts'
import { Leaving } from './loans.ts'
import { unpackNumbers } from './ranges.ts'
import type { Row } from './sql.ts'
import type { Part, Unit } from './unit.ts'

/** One row of `loan`. */
export interface Loan {
  s: number
  loan: number
  q: number
  ns: number[]
}

/** Loans of these sessions, oldest first. */
export function askLoans({ sql: { t } }: Unit, sessions: readonly number[], limit: number, into: Loan[]): Part {
  return {
    text: `select s, loan, q, ns from ${t.loan} where s in (${sessions.join(',')}) order by s, loan, q limit ${limit} for update`,
    take: (rows: Row[]) => {
      for (const [s, loan, q, ns] of rows as [number, number, number, string][])
        into.push({ s, loan, q, ns: unpackNumbers(ns) })
    },
  }
}

/** What a job of a loan is to the one who takes it back. */
export interface Judge {
  isSuspect(loan: Loan, n: number): boolean
  keeps(loan: Loan, n: number): boolean
}

/** Nobody is suspected, and nothing is kept. */
export const lenient: Judge = { isSuspect: () => false, keeps: () => false }

/**
 * Jobs of loans go back to their old places, their attempt given back; at most `limit`. Locks their queues. Answers how many went; a
 * loan of which nothing is left is forgotten, also when its count had drifted.
 */
export async function takeBack(unit: Unit, loans: readonly Loan[], judge: Judge, limit: number): Promise<number> {
  if (loans.length === 0) return 0
  const ns = new Map<number, number[]>()
  for (const loan of loans) ns.set(loan.q, [...(ns.get(loan.q) ?? []), ...loan.ns])
  await unit.ask([...unit.locking(ns.keys()), ...[...ns].flatMap(([q, numbers]) => findJobs(unit, q, numbers))])
  const lines = linesOfFound(unit)
  if (lines.length > 0) await unit.ask(lines)
  const leaving = new Leaving()
  let taken = 0
  for (const loan of loans) taken += takeBackOne(unit, loan, judge, limit - taken, leaving)
  leaving.write(unit)
  return taken
}

function takeBackOne(unit: Unit, loan: Loan, judge: Judge, limit: number, leaving: Leaving): number {
  let taken = 0
  let left = 0
  for (const n of loan.ns) {
    const job = foundIn(unit, loan.q, n)
    if (job === undefined || job.state !== stateCodes.running || job.s !== loan.s || job.loan !== loan.loan) continue
    if (taken >= limit || judge.keeps(loan, n)) {
      left++
      continue
    }
    const suspect = judge.isSuspect(loan, n)
    const crashes = job.crashes + (suspect ? 1 : 0)
    if (suspect) unit.pending.addFailure(loan.q, n, { atMs: unit.nowMs, attempt: job.attempts, error: lostAttempt })
    comeBack(unit, job, { attempts: job.attempts - 1, crashes, dueAtMs: undefined, pos: n })
    leaving.one(loan.s, loan.loan, loan.q)
    taken++
  }
  if (left === 0) {
    const { t } = unit.sql
    unit.pending.last.push(`delete from ${t.loan} where s = ${loan.s} and loan = ${loan.loan} and q = ${loan.q}`)
  }
  return taken
}
