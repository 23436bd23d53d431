import { isDeepStrictEqual } from 'node:util'
import type { Pulse, Report } from '../../src/contract/driver.ts'
import type { Receipt } from '../../src/contract/verdict.ts'
import { isSuspect } from './crashes.ts'
import type { Shadow } from './shadow.ts'

// What becomes of sessions and their loans: renewed, swept, reconciled, closed.

export function beat(
  shadows: Shadow,
  session: string,
  report: Report,
  { session: answer, cancelled, held, paused }: Pulse,
): void {
  const known = shadows.sessions.get(session)
  if (known === undefined) return
  if ((answer === 'alive') !== known.live)
    shadows.fail(`a beat of ${known.client} heard ${answer}, and its session is ${known.live ? 'alive' : 'over'}`)
  if (!known.live) return
  if (report.renew) renewed(shadows, session, 'alive')
  known.unbegun = new Set(report.unbegun)
  const loans = shadows.heldBy(session)
  if (held !== loans.length)
    shadows.fail(`a beat of ${known.client} heard of ${held} loans, and there are ${loans.length}`)
  const wishes = loans.filter(({ cancelling }) => cancelling).map(({ loan }) => loan!.receipt)
  if (!isDeepStrictEqual(wishes.toSorted(), cancelled.toSorted()))
    shadows.fail(`a beat of ${known.client} heard of ${cancelled.length} cancels, and ${wishes.length} are wished for`)
  if (!isDeepStrictEqual([...shadows.paused].toSorted(), paused.toSorted()))
    shadows.fail(`a beat of ${known.client} heard of other paused queues`)
}

/** By its guardian, or with a beat. */
export function renewed(shadows: Shadow, session: string, answer: 'alive' | 'revoked'): void {
  const known = shadows.sessions.get(session)
  if (known === undefined) return
  if ((answer === 'alive') !== known.live)
    shadows.fail(`a renewal of ${known.client} heard ${answer}, and its session is ${known.live ? 'alive' : 'over'}`)
  if (!known.live) return
  known.leaseUntilMs = shadows.nowMs + shadows.ports.leaseMs
  known.accused = new Set()
  if ((shadows.ports.store.sessions.get(session)?.accused.size ?? 0) > 0)
    shadows.fail(`a renewal of ${known.client} did not take back whom its guardian had accused`)
}

export function accused(shadows: Shadow, session: string, receipts: readonly Receipt[]): void {
  const known = shadows.sessions.get(session)
  if (known?.live === true) known.accused = new Set(receipts)
}

export function swept(shadows: Shadow, taken: number): void {
  const dying = new Set(shadows.ports.store.dying.flatMap(({ loans }) => [...loans.keys()]))
  let back = 0
  for (const [name, session] of shadows.sessions) {
    if (session.live && !shadows.ports.store.sessions.has(name)) {
      if (session.leaseUntilMs > shadows.nowMs)
        shadows.fail(
          `the session of ${session.client} was swept ${session.leaseUntilMs - shadows.nowMs} ms before its lease ended`,
        )
      session.live = false
      session.swept = true
      const held = shadows.heldBy(name)
      // Whoever is no longer on loan is not why it died.
      session.accused = new Set(held.map(({ loan }) => loan!.receipt).filter((one) => session.accused.has(one)))
      shadows.ports.swept(session, held)
    }
    if (session.live) continue
    for (const shadow of shadows.heldBy(name).filter(({ loan }) => !dying.has(loan!.receipt))) {
      back++
      if (isSuspect(session, shadow.loan!.receipt)) shadow.crashes++
      shadows.leave(shadow)
      shadows.back(shadow, true)
    }
  }
  if (back !== taken) shadows.fail(`a sweep answered that it took ${taken} back, and ${back} were to be taken`)
}

export function reconciled(shadows: Shadow, session: string, known: ReadonlySet<Receipt>, released: number): void {
  if (shadows.sessions.get(session)?.live !== true) return
  const lost = shadows.heldBy(session).filter(({ loan }) => !known.has(loan!.receipt))
  if (lost.length !== released)
    shadows.fail(`reconcile released ${released}, and ${lost.length} were unknown to the worker`)
  shadows.ports.reconciled(lost)
  for (const shadow of lost) {
    shadows.leave(shadow)
    shadows.back(shadow, true)
  }
}

export function closed(shadows: Shadow, name: string): void {
  const session = shadows.sessions.get(name)
  if (session?.live !== true) return
  session.live = false
  shadows.ports.closed(session, shadows.heldBy(name))
  for (const shadow of shadows.heldBy(name)) {
    shadows.leave(shadow)
    shadows.back(shadow, true)
  }
}
