import { stateCodes } from './codec.ts'
import { addDelayed, addReady } from './jobs.ts'
import { clock, type Row } from './sql.ts'
import { type Part, type Unit, vanished } from './unit.ts'

/** Jobs that become ready in one transaction, beyond those that are wanted. */
const extra = 250
const admittedMax = 1_000

interface Waiting {
  q: number
  n: number
  line: number
  prio: number
  attempts: number
  crashes: number
  dueAtMs: number | undefined
  sinceMs: number
  isArrival: boolean
}

/** What waits before the door of a queue: delayed jobs that are due, and jobs that came in transactions of other people. */
export class Door {
  readonly #unit: Unit
  readonly #q: number
  readonly #found: Waiting[] = []

  constructor(unit: Unit, q: number) {
    this.#unit = unit
    this.#q = q
  }

  ask(wanted: number): Part[] {
    const { t } = this.#unit.sql
    const limit = Math.min(admittedMax, wanted + extra)
    return [
      {
        text: `select n, line, prio, attempts, crashes, due from ${t.delayed}
          where q = ${this.#q} and due <= ${clock} order by q, due, n limit ${limit}`,
        take: (rows) => rows.forEach((row) => this.#keepDue(row)),
      },
      {
        // Those of a transaction that is still open are passed over.
        text: `select n, line, prio, at, due from ${t.arrival} where q = ${this.#q} order by q, n limit ${limit} for update skip locked`,
        take: (rows) => rows.forEach((row) => this.#keepArrival(row)),
      },
    ]
  }

  /** The lines that `admit` puts jobs into. */
  askLines(): Part[] {
    const lines = this.#found.map(({ line }) => line).filter((line) => !this.#unit.hasLine(this.#q, line))
    return lines.length === 0 ? [] : [this.#unit.linesByNumber(this.#q, lines)]
  }

  /** Everybody goes to his place: due jobs by their due time, behind those that are ready already. Tells whether there was anybody. */
  admit(): boolean {
    const unit = this.#unit
    const queue = unit.queues.get(this.#q)
    if (queue === undefined) throw vanished()
    for (const job of this.#found) {
      const { q, n, dueAtMs, sinceMs, isArrival } = job
      if (isArrival) unit.pending.dropArrival(q, n)
      else {
        unit.pending.dropDelayed(`${q},${dueAtMs},${n}`)
        queue.delayed--
      }
      if (isArrival && dueAtMs !== undefined && dueAtMs > unit.nowMs) {
        addDelayed(unit, job, dueAtMs)
        continue
      }
      const pos = isArrival && dueAtMs === undefined ? n : unit.next(queue)
      addReady(unit, job, pos, sinceMs)
      if (!isArrival || pos !== n) unit.pending.setFate({ ...numbersOf(job), state: stateCodes.waiting, pos })
    }
    return this.#found.length > 0
  }

  #keepDue([n, line, prio, attempts, crashes, due]: Row): void {
    const dueAtMs = due as number
    const numbers = { n, line, prio, attempts, crashes } as Pick<
      Waiting,
      'n' | 'line' | 'prio' | 'attempts' | 'crashes'
    >
    this.#found.push({ q: this.#q, ...numbers, dueAtMs, sinceMs: dueAtMs, isArrival: false })
  }

  #keepArrival([n, line, prio, at, due]: Row): void {
    const numbers = { n, line, prio } as Pick<Waiting, 'n' | 'line' | 'prio'>
    const dueAtMs = (due ?? undefined) as number | undefined
    const sinceMs = dueAtMs ?? (at as number)
    this.#found.push({ q: this.#q, ...numbers, attempts: 0, crashes: 0, dueAtMs, sinceMs, isArrival: true })
  }
}

const numbersOf = ({ q, n, line, prio, attempts, crashes }: Waiting) => ({ q, n, line, prio, attempts, crashes })
