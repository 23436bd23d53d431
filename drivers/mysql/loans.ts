import type { Unit } from './unit.ts'
import { packNumbers } from './ranges.ts'

/** A loan to be. */
export interface Lending {
  s: number
  loan: number
}

/** How many jobs left each loan; a loan ends with its last job. */
export class Leaving {
  readonly #left = new Map<string, number>()

  one(s: number, loan: number, q: number): void {
    const at = `${s},${loan},${q}`
    this.#left.set(at, (this.#left.get(at) ?? 0) + 1)
  }

  write({ pending, sql: { t } }: Unit): void {
    if (this.#left.size === 0) return
    const where = Array.from(this.#left.keys(), (at) => {
      const [s, loan, q] = at.split(',')
      return `s = ${s} and loan = ${loan} and q = ${q}`
    })
    const counts = Array.from(this.#left.values(), (jobs, i) => `when ${where[i]} then ${jobs}`)
    const all = `((${where.join(') or (')}))`
    pending.last.push(
      `update ${t.loan} set held = held - case ${counts.join(' ')} else 0 end where ${all}`,
      `delete from ${t.loan} where ${all} and held <= 0`,
    )
  }
}

/** These jobs of a queue are on loan from now on. */
export function writeLoan(
  { pending, sql: { t } }: Unit,
  s: number,
  loan: number,
  q: number,
  ns: readonly number[],
): void {
  pending.last.push(
    `insert into ${t.loan} (s, loan, q, held, ns) values (${s},${loan},${q},${ns.length},'${packNumbers(ns)}')`,
  )
}
