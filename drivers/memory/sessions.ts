import { lostAttempt } from '../../src/contract/index.ts'
import type { Keeper, Pulse, Receipt, Report } from '../../src/contract/index.ts'
import type { CallRecord } from './calls.ts'
import { detailsOf, noteFailure } from './entry.ts'
import type { Entry } from './entry.ts'
import { enterBack, leaveRunning } from './places.ts'
import type { MemoryStore } from './store.ts'
import type { Waiter } from './waiting.ts'

const none: ReadonlySet<Receipt> = new Set()

/** One worker's presence in the store. Its lease keeps all its loans alive. */
export class Session {
  readonly id: string
  readonly number: number
  readonly openedAtMs: number
  leaseUntilMs: number
  about = '{}'
  /** What its keeper last said of its main loop. */
  health: string | undefined
  /** Why it is about to die, if its keeper knows. */
  accused: ReadonlySet<Receipt> = none
  /** Loans that have not begun: no suspects. */
  unbegun: ReadonlySet<Receipt> = none
  /**
   * Its lease ran out and a sweep has touched it, or it was closed: nothing it says about its loans counts any more.
   */
  revoked = false
  readonly loans = new Map<Receipt, Entry>()
  /** Loans whose job somebody wants cancelled. */
  readonly cancelling = new Set<Receipt>()
  readonly waiters = new Set<Waiter>()
  /** The newest call of each lane. They outlive the session, for whoever has to ask again. */
  readonly calls: (CallRecord | undefined)[] = []

  constructor(id: string, number: number, openedAtMs: number, leaseUntilMs: number) {
    this.id = id
    this.number = number
    this.openedAtMs = openedAtMs
    this.leaseUntilMs = leaseUntilMs
  }
}

export function openSession(store: MemoryStore, nonce: string, leaseMs: number): Session {
  const nowMs = store.now()
  const number = ++store.sessionNumber
  const session = new Session(`memory:${number}:${nonce}`, number, nowMs, nowMs + leaseMs)
  store.sessions.set(session.id, session)
  return session
}

/** From here on it holds nothing that counts; what it has on loan is for the caller to take back. */
export function endSession(store: MemoryStore, session: Session): void {
  session.revoked = true
  store.sessions.delete(session.id)
  for (const waiter of session.waiters) waiter.end()
}

/** A loan goes back to its queue as if it had never been taken. */
export function giveBack(store: MemoryStore, entry: Entry, nowMs: number): void {
  leaveRunning(store, entry)
  entry.attempts--
  enterBack(store, entry, undefined, nowMs, true)
}

export function closeSession(store: MemoryStore, session: Session): void {
  const nowMs = store.now()
  if (!session.revoked) {
    endSession(store, session)
    for (const entry of session.loans.values()) giveBack(store, entry, nowMs)
  }
}

/** Sessions past their lease are revoked whole; what they held comes back at most `limit` jobs a call. */
export function sweep(store: MemoryStore, limit: number): { taken: number; more: boolean } {
  const nowMs = store.now()
  const over = [...store.sessions.values()].filter(({ leaseUntilMs }) => leaseUntilMs <= nowMs)
  for (const session of over.toSorted((a, b) => a.leaseUntilMs - b.leaseUntilMs)) {
    endSession(store, session)
    // Whoever is no longer on loan is not why it died.
    session.accused = new Set([...session.accused].filter((receipt) => session.loans.has(receipt)))
    if (session.loans.size > 0) store.dying.push(session)
  }
  let taken = 0
  while (store.dying.length > 0 && taken < limit) {
    const session = store.dying[0]!
    for (const [receipt, entry] of session.loans) {
      if (taken === limit) break
      if (isSuspect(session, receipt)) {
        entry.crashes++
        noteFailure(entry, lostAttempt, nowMs)
      }
      giveBack(store, entry, nowMs)
      taken++
    }
    if (session.loans.size === 0) store.dying.shift()
  }
  return { taken, more: store.dying.length > 0 }
}

/** Whom a crash is counted for: the accused where there are any, else all that had begun. */
function isSuspect({ accused, unbegun }: Session, receipt: Receipt): boolean {
  return accused.size > 0 ? accused.has(receipt) : !unbegun.has(receipt)
}

function renew(store: MemoryStore, session: Session, leaseMs: number): void {
  session.leaseUntilMs = store.now() + leaseMs
  session.accused = none
}

export function beat(store: MemoryStore, session: Session, leaseMs: number, report: Report): Pulse {
  const paused = [...store.queues.values()].filter((queue) => queue.paused).map(({ name }) => name)
  if (session.revoked) return { session: 'revoked', revoked: [], cancelled: [], paused, held: 0 }
  if (report.renew) renew(store, session, leaseMs)
  session.about = report.about
  session.unbegun = report.unbegun === undefined ? none : new Set(report.unbegun)
  for (const { receipt, value } of report.progress) {
    const entry = session.loans.get(receipt)
    if (entry !== undefined) detailsOf(entry).progress = value
  }
  return { session: 'alive', revoked: [], cancelled: [...session.cancelling], paused, held: session.loans.size }
}

export function reconcile(
  store: MemoryStore,
  session: Session,
  known: readonly Receipt[],
): { released: number; revoked: Receipt[] } {
  if (session.revoked) return { released: 0, revoked: [...known] }
  const nowMs = store.now()
  const kept = new Set(known)
  let released = 0
  for (const [receipt, entry] of session.loans) {
    if (kept.has(receipt)) continue
    giveBack(store, entry, nowMs)
    released++
  }
  return { released, revoked: known.filter((receipt) => !session.loans.has(receipt)) }
}

/**
 * What a guardian thread does at other stores. No thread reaches this one, so that the driver has no facet of it; it is here for
 * who wants to try the same in one process: the conformance suite and the simulation.
 */
export function memoryKeeper(store: MemoryStore, leaseMs: number): Keeper {
  return {
    async renew(id, health) {
      const session = store.sessions.get(id)
      if (session === undefined) return 'revoked'
      renew(store, session, leaseMs)
      session.health = health
      return 'alive'
    },
    async accuse(id, receipts) {
      const session = store.sessions.get(id)
      if (session !== undefined) session.accused = new Set(receipts)
    },
    async close() {},
  }
}
