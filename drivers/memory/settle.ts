import type { Receipt, Settled, Verdict } from '../../src/contract/index.ts'
import { enqueue } from './enqueue.ts'
import { detailsOf, noteFailure } from './entry.ts'
import type { Entry } from './entry.ts'
import { drop, enterBack, enterEnd, enterKept, leaveRunning } from './places.ts'
import type { Session } from './sessions.ts'
import type { MemoryStore } from './store.ts'

const settled: Settled = Object.freeze({ outcome: 'settled' })
const stale: Settled = Object.freeze({ outcome: 'stale' })

/** Write verdicts down. A receipt that is not on loan to the session is stale, and its verdict is nothing. */
export function settle(
  store: MemoryStore,
  session: Session,
  items: readonly { receipt: Receipt; verdict: Verdict }[],
): Settled[] {
  const nowMs = store.now()
  const answers: Settled[] = []
  for (const { receipt, verdict } of items) {
    const entry = session.revoked ? undefined : session.loans.get(receipt)
    if (entry === undefined) {
      answers.push(stale)
      continue
    }
    leaveRunning(store, entry)
    execute(store, entry, verdict, nowMs)
    const { followUps } = verdict
    const some = followUps !== undefined && followUps.length > 0
    answers.push(some ? { outcome: 'settled', followUps: enqueue(store, followUps) } : settled)
  }
  return answers
}

function execute(store: MemoryStore, entry: Entry, verdict: Verdict, nowMs: number): void {
  switch (verdict.kind) {
    case 'done': {
      const { keep, result } = verdict
      if (keep === undefined || keep.count <= 0) drop(store, entry)
      else enterKept(store, entry, result, keep, nowMs)
      return
    }
    case 'retry':
    case 'release':
      if (verdict.error !== undefined) {
        detailsOf(entry).error = verdict.error
        if (verdict.kind === 'retry') noteFailure(entry, verdict.error, nowMs)
      }
      if (verdict.kind === 'release') entry.attempts--
      enterBack(store, entry, verdict.due, nowMs, verdict.kind === 'release')
      return
    case 'dead':
    case 'quarantined':
    case 'cancelled':
      if (verdict.kind === 'dead') noteFailure(entry, verdict.reason, nowMs)
      enterEnd(entry, verdict.kind, verdict.reason, nowMs)
  }
}
