import type { Receipt } from '../../src/contract/index.ts'
import { type Loaned, loanedOf, stateCodes } from './codec.ts'
import type { Found } from './jobs.ts'
import { keepFound } from './jobs.ts'
import { isAmong } from './ranges.ts'
import type { Part, Unit } from './unit.ts'

/** What receipts say, by queue. */
export class Loans {
  readonly #byQueue = new Map<number, Loaned[]>()
  readonly #sessions = new Set<number>()
  readonly #alive = new Set<number>()

  /** What each receipt says; undefined for one that is not ours. */
  readonly each: readonly (Loaned | undefined)[]

  constructor(receipts: readonly Receipt[]) {
    this.each = receipts.map(loanedOf)
    for (const loaned of this.each) {
      if (loaned === undefined) continue
      this.#sessions.add(loaned.s)
      const known = this.#byQueue.get(loaned.q)
      if (known === undefined) this.#byQueue.set(loaned.q, [loaned])
      else known.push(loaned)
    }
  }

  get queues(): number[] {
    return [...this.#byQueue.keys()]
  }

  /** Which sessions were not taken back, and what is left of the jobs, with their lines. */
  ask(unit: Unit): Part[] {
    if (this.#sessions.size === 0) return []
    const { t, lock } = unit.sql
    const sessions: Part = {
      text: `select s from ${t.session} where s in (${[...this.#sessions].join(',')}) and state = 0${lock === '' ? '' : ' lock in share mode'}`,
      take: (rows) => rows.forEach(([s]) => this.#alive.add(s as number)),
    }
    const perQueue = [...this.#byQueue].flatMap(([q, loans]) => [
      askHeld(unit, q, loans),
      unit.linesByNumber(
        q,
        loans.map(({ line }) => line),
      ),
    ])
    return [sessions, ...perQueue]
  }

  /** The job, if this very loan still holds it, and its session was not taken back. */
  heldIn({ jobs }: Unit, { q, n, s, loan }: Loaned): Found | undefined {
    const job = jobs.get(`${q}.${n}`)
    const holds = job?.state === stateCodes.running && job.s === s && job.loan === loan && this.#alive.has(s)
    return holds ? job : undefined
  }
}

/** What settling needs to know of running jobs: it is all in `fate`. */
function askHeld(unit: Unit, q: number, loans: readonly Loaned[]): Part {
  const { t, lock } = unit.sql
  const keyed = new Set(loans.filter((loaned) => loaned.keyed).map(({ n }) => n))
  return {
    text: `select n, line, prio, s, loan, attempts, crashes, cancelling from ${t.fate}
      where q = ${q} and state = ${stateCodes.running} and ${isAmong(
        'n',
        loans.map(({ n }) => n),
      )}${lock}`,
    take: (rows) => {
      for (const row of rows) {
        const [n, line, prio, s, loan, attempts, crashes, cancelling] = row as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number | null,
        ]
        const numbers = { q, n, line, prio, s, loan, attempts, crashes, pos: n, state: stateCodes.running }
        const flags = { cancelling: cancelling === 1, arrived: false, keyed: keyed.has(n) }
        keepFound(unit, { ...numbers, ...flags, dueAtMs: undefined, settledAtMs: undefined, extra: null, id: '' })
      }
    },
  }
}
