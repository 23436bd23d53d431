import type { Receipt, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { type Loaned, pack, packAdded, stateCodes, type TerminalCode, unpackAdded } from './codec.ts'
import { askForEnqueue, dueAtMsOf, enqueueInto, readHolders, type Taken } from './enqueue.ts'
import { Loans } from './held.ts'
import { History } from './history.ts'
import { comeBack, count, failedKey, type Found, forgetWish, releaseKey } from './jobs.ts'
import { Leaving } from './loans.ts'
import type { QueueNames } from './queue-names.ts'
import type { Queue } from './rows.ts'
import type { Part, Unit } from './unit.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

/** Reads what these verdicts need, in a trip or two, and writes them down in this transaction. Nothing where the call turns out to be answered. */
export async function settleInto(
  unit: Unit,
  names: QueueNames,
  items: readonly Item[],
  { before = [], taken, isRecalled = () => false }: { before?: Part[]; taken: Taken; isRecalled?: () => boolean },
): Promise<Settled[]> {
  const loans = new Loans(items.map(({ receipt }) => receipt))
  const history = new History(unit)
  const followUps = items.flatMap(followUpsOf)
  const kept = new Set(items.flatMap(({ verdict }, i) => ('keep' in verdict ? (loans.each[i]?.q ?? []) : [])))
  await unit.ask([
    ...unit.locking([...loans.queues, ...followUps.map(({ queue }) => names.of(queue)!)]),
    ...before,
    ...loans.ask(unit),
    ...[...kept].map((q) => history.ask(q)),
    ...askForEnqueue(unit, names, followUps, taken),
  ])
  if (isRecalled()) return []
  await readHolders(unit, names, followUps, taken)
  return new Settling(unit, history, loans, taken).all(items)
}

type Back = Extract<Verdict, { kind: 'retry' | 'release' }>

/**
 * One settle, of what has been read under the locks of its queues. Fenced: nothing happens unless this very loan holds the job, and its
 * session was not taken back. What is done once for all items comes at the end.
 */
class Settling {
  readonly #unit: Unit
  readonly #loans: Loans
  readonly #history: History
  readonly #leaving = new Leaving()
  readonly #taken: Taken

  constructor(unit: Unit, history: History, loans: Loans, taken: Taken) {
    this.#unit = unit
    this.#history = history
    this.#loans = loans
    this.#taken = taken
  }

  all(items: readonly Item[]): Settled[] {
    const settled = items.map(({ verdict }, i) => this.#one(this.#loans.each[i], verdict))
    this.#history.write()
    this.#leaving.write(this.#unit)
    return settled
  }

  #one(loaned: Loaned | undefined, verdict: Verdict): Settled {
    const job = loaned === undefined ? undefined : this.#loans.heldIn(this.#unit, loaned)
    if (loaned === undefined || job === undefined) return { outcome: 'stale' }
    this.#leaving.one(loaned.s, loaned.loan, loaned.q)
    this.#write(loaned, job, verdict)
    const { followUps } = verdict
    if (followUps === undefined || followUps.length === 0) return { outcome: 'settled' }
    return { outcome: 'settled', followUps: enqueueInto(this.#unit, followUps, this.#taken) }
  }

  #write(loaned: Loaned, job: Found, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'done':
        this.#end(loaned, job, stateCodes.done)
        this.#history.done(job, verdict)
        return
      case 'dead':
      case 'quarantined':
      case 'cancelled':
        return this.#failed(loaned, job, stateCodes[verdict.kind], verdict.reason)
      case 'retry':
      case 'release':
        return this.#back(job, verdict)
    }
  }

  #failed(loaned: Loaned, job: Found, state: TerminalCode, reason: string): void {
    const unit = this.#unit
    const { q, n, line, prio, attempts, crashes } = job
    const queue = this.#end(loaned, job, state)
    count(queue, state, 1)
    unit.pending.setFate({ q, n, line, prio, state, attempts, crashes, settledAtMs: unit.nowMs, text: pack(reason) })
    unit.pending.addFailed(failedKey(job, state, unit.nowMs))
    if (state === stateCodes.dead) unit.pending.addFailure(q, n, { atMs: unit.nowMs, attempt: attempts, error: reason })
  }

  /** What was released goes to its old place, before those that were never taken; what failed goes to the end. */
  #back(job: Found, { kind, due, error }: Back): void {
    const unit = this.#unit
    if (kind === 'retry' && error !== undefined)
      unit.pending.addFailure(job.q, job.n, { atMs: unit.nowMs, attempt: job.attempts, error })
    comeBack(unit, job, {
      attempts: kind === 'release' ? job.attempts - 1 : job.attempts,
      crashes: job.crashes,
      dueAtMs: dueAtMsOf(unit.nowMs, due),
      pos: kind === 'release' ? job.n : unit.next(unit.queues.get(job.q)!),
      error: error === undefined ? undefined : pack(error),
    })
  }

  /** The job has left, for good: its count, its cap and its unique key are free before its follow-ups come. */
  #end({ q, n, keyed }: Loaned, job: Found, state: TerminalCode): Queue {
    const unit = this.#unit
    const queue = unit.queues.get(q)!
    unit.running(unit.lineBy(q, job.line), -1)
    if (queue.limits !== undefined) unit.stirred = true
    forgetWish(unit, job)
    Object.assign(job, { state, s: 0, loan: 0 })
    releaseKey(unit, { q, n, keyed })
    return queue
  }
}

/** As the call remembers it: a letter each, and the answers of the follow-ups. */
export function packSettled(settled: readonly Settled[], items: readonly Item[]): string {
  const followUps: Record<number, string> = {}
  settled.forEach(({ followUps: added }, i) => {
    if (added !== undefined) followUps[i] = packAdded(added, followUpsOf(items[i]!))
  })
  const text = settled.map(({ outcome }) => (outcome === 'settled' ? 's' : '-')).join('')
  return Object.keys(followUps).length === 0 ? text : `${text} ${JSON.stringify(followUps)}`
}

export function unpackSettled(text: string, items: readonly Item[]): Settled[] {
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

export const followUpsOf = ({ verdict }: Item): StoredJob[] => verdict.followUps ?? []
