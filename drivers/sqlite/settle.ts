import type { Keep, Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import {
  loanedOf,
  type Loaned,
  pack,
  packAdded,
  stateCodes,
  type Stored,
  type TerminalCode,
  unpack,
  unpackAdded,
} from './codec.ts'
import { dueAtMsOf, enqueueInto } from './enqueue.ts'
import { keepDone, trimDone } from './history.ts'
import { comeBack, count, findByN, noteFailure, releaseKey } from './jobs.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

/** Fenced: nothing happens unless this very loan holds the job. On the right of `error =` stands the text from before. */
const writeDone =
  'update fw_fate set state = 2, loan = 0, settled = ?, batch = ?, error = text, text = ? where n = ? and loan = ?'
const writeFailed = 'update fw_fate set state = ?, loan = 0, settled = ?, text = ? where n = ? and loan = ?'
const loanStands = 'select 1 from fw_loan l join fw_session s on s.s = l.s where l.loan = ? and s.state = 0'
const dropFate = 'delete from fw_fate where n = ? and loan = ?'

/** Write verdicts down, in this transaction. */
export function settleInto(unit: Unit, items: readonly Item[]): Settled[] {
  return new Settling(unit).all(items)
}

/** Done jobs forgotten in one settle beyond those that came in, at most: a history that was longer shrinks by and by. */
const trimExtra = 250

/** One settle: what is done once for all its items comes at the end. */
class Settling {
  readonly #unit: Unit
  readonly #standing = new Map<number, boolean>()
  /** How many jobs left each loan. */
  readonly #left = new Map<number, number>()
  readonly #kept = new Map<Queue, { ns: number[]; keep: Keep }>()
  readonly #batch: number

  constructor(unit: Unit) {
    this.#unit = unit
    this.#batch = unit.next()
  }

  all(items: readonly Item[]): Settled[] {
    const settled = items.map((item) => this.#one(item))
    for (const [queue, { ns }] of this.#kept) if (ns.length > 0) keepDone(this.#unit, queue, this.#batch, ns)
    for (const [queue, { ns, keep }] of this.#kept) trimDone(this.#unit, queue, keep, ns.length + trimExtra)
    closeLoans(this.#unit, this.#left)
    return settled
  }

  #one({ receipt, verdict }: Item): Settled {
    const loaned = loanedOf(receipt)
    if (loaned === undefined || !this.#stands(loaned.loan) || !this.#write(loaned, verdict)) return { outcome: 'stale' }
    this.#left.set(loaned.loan, (this.#left.get(loaned.loan) ?? 0) + 1)
    const { followUps } = verdict
    if (followUps === undefined || followUps.length === 0) return { outcome: 'settled' }
    return { outcome: 'settled', followUps: enqueueInto(this.#unit, followUps) }
  }

  /** False when the session of the loan was taken back, also while its last jobs are not yet swept. */
  #stands(loan: number): boolean {
    let stands = this.#standing.get(loan)
    if (stands === undefined) {
      stands = this.#unit.sql.get(loanStands, loan) !== undefined
      this.#standing.set(loan, stands)
    }
    return stands
  }

  /** False when the loan does not hold the job any more. */
  #write(loaned: Loaned, verdict: Verdict): boolean {
    switch (verdict.kind) {
      case 'done':
        return this.#done(loaned, verdict.result, verdict.keep)
      case 'dead':
      case 'quarantined':
      case 'cancelled':
        return this.#failed(loaned, stateCodes[verdict.kind], verdict.reason)
      case 'retry':
      case 'release':
        return this.#back(loaned, verdict)
    }
  }

  #done(loaned: Loaned, result: string | undefined, keep: Keep | undefined): boolean {
    const { sql, nowMs } = this.#unit
    const { n, loan } = loaned
    if (keep === undefined || keep.count <= 0) {
      if (sql.run(dropFate, n, loan) === 0) return false
      const queue = this.#ended(loaned)
      if (keep !== undefined && !this.#kept.has(queue)) this.#kept.set(queue, { ns: [], keep })
      sql.run('delete from fw_job where n = ?', n)
      return true
    }
    if (sql.run(writeDone, nowMs, this.#batch, result === undefined ? null : pack(result), n, loan) === 0) return false
    const queue = this.#ended(loaned)
    queue.done++
    const kept = this.#kept.get(queue)
    if (kept === undefined) this.#kept.set(queue, { ns: [n], keep })
    else {
      kept.ns.push(n)
      kept.keep = keep
    }
    return true
  }

  #failed(loaned: Loaned, state: TerminalCode, reason: string): boolean {
    const { sql, nowMs } = this.#unit
    if (sql.run(writeFailed, state, nowMs, pack(reason), loaned.n, loaned.loan) === 0) return false
    if (state === stateCodes.dead) noteFailure(this.#unit, loaned.n, reason)
    count(this.#ended(loaned), state, 1)
    return true
  }

  #back(
    { n, loan }: Loaned,
    { kind, due, error }: { kind: 'retry' | 'release' } & Pick<Verdict & { kind: 'retry' }, 'due' | 'error'>,
  ): boolean {
    const job = findByN(this.#unit, n)
    if (job === undefined || job.loan !== loan) return false
    if (kind === 'retry' && error !== undefined) noteFailure(this.#unit, n, error)
    comeBack(this.#unit, job, {
      attempts: kind === 'release' ? job.attempts - 1 : job.attempts,
      crashes: job.crashes,
      dueAtMs: dueAtMsOf(this.#unit, due),
      // What was released goes to its old place, before those that were never taken; what failed goes to the end.
      pos: kind === 'release' ? n : this.#unit.next(),
      error,
    })
    return true
  }

  /** The job has left, for good: its count, its cap and its unique key are free before its follow-ups come. */
  #ended({ n, line, q, keyed }: Loaned): Queue {
    const unit = this.#unit
    const queue = unit.queueById(q)
    if (queue.counts) unit.running(unit.lineById(line), -1)
    else queue.running--
    if (queue.limits !== undefined) unit.stirred = true
    if (keyed) {
      const extra = unit.sql.get<[string | null]>('select extra from fw_job where n = ?', n)?.[0] ?? null
      releaseKey(unit, { n, line: unit.lineById(line), extra })
    }
    return queue
  }
}

/** A loan ends with its last job. */
export function closeLoans(unit: Unit, left: ReadonlyMap<number, number>): void {
  for (const [loan, jobs] of left) {
    const open = unit.sql.get<[number]>(
      'update fw_loan set open = open - ? where loan = ? returning open',
      jobs,
      loan,
    )?.[0]
    if (open !== undefined && open <= 0) unit.sql.run('delete from fw_loan where loan = ?', loan)
  }
}

/** As the call remembers it: a letter each, and the answers of the follow-ups. */
export function packSettled(settled: readonly Settled[], items: readonly Item[]): Stored {
  const followUps: Record<number, string> = {}
  settled.forEach(({ followUps: added }, i) => {
    if (added !== undefined) followUps[i] = packAdded(added, followUpsOf(items[i]!))
  })
  const text = settled.map(({ outcome }) => (outcome === 'settled' ? 's' : '-')).join('')
  return pack(Object.keys(followUps).length === 0 ? text : `${text} ${JSON.stringify(followUps)}`)
}

export function unpackSettled(stored: Stored, items: readonly Item[]): Settled[] {
  const text = unpack(stored)
  const space = text.indexOf(' ')
  const followUps = space < 0 ? {} : (JSON.parse(text.slice(space + 1)) as Record<number, string>)
  return Array.from(space < 0 ? text : text.slice(0, space), (letter, i): Settled => {
    if (letter !== 's') return { outcome: 'stale' }
    const added = followUps[i]
    return added === undefined
      ? { outcome: 'settled' }
      : { outcome: 'settled', followUps: unpackAdded(added, followUpsOf(items[i]!)) }
  })
}

const followUpsOf = ({ verdict }: Item): StoredJob[] => verdict.followUps ?? []
