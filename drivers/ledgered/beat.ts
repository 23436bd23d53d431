import type { Pulse, Receipt, Report } from '../../src/contract/index.ts'
import { lastOf } from './keys.ts'
import type { Gate } from './gate.ts'
import type { Presence } from './presence.ts'

/** What one beat tells of: cancels and pauses, the rest waits for the next. */
const toldMax = 1_000

export async function beat(presence: Presence, gate: Gate, report: Report): Promise<Pulse> {
  const { place, loans } = presence
  const unbegun = (report.unbegun ?? []).flatMap((receipt) => loans.get(receipt) ?? [])
  const told: Report = { ...report, progress: [] }
  if (report.unbegun !== undefined) told.unbegun = unbegun.flatMap(({ brokers }) => brokers.at(-1)!)
  const pulse = await place.broker.beat(told)
  if (pulse.session === 'revoked') return { session: 'revoked', revoked: [], cancelled: [], paused: [] }
  const [cancelled, paused] = await Promise.all([
    wishedOf(presence),
    place.ledger.list(place.keys.pauses(), toldMax),
    presence.tell(
      report.about,
      unbegun.map(({ job }) => job.id),
    ),
    tellProgress(presence, report.progress),
    gate.renew(),
  ])
  const toldOff = pulse.cancelled.flatMap((receipt) => presence.loanAt(receipt)?.receipt ?? [])
  return {
    session: 'alive',
    revoked: revokedOf(presence, pulse.revoked),
    cancelled: [...new Set([...cancelled, ...toldOff])],
    paused: [...new Set([...pulse.paused, ...paused.map(({ key }) => lastOf(key))])].toSorted(),
    held: loans.size,
  }
}

/** A message that the broker has brought us again is not lost: the newer one stands for the same loan. */
export function revokedOf(presence: Presence, receipts: Receipt[]): Receipt[] {
  return receipts.flatMap((receipt) => {
    const loan = presence.loanAt(receipt)
    if (loan === undefined || loan.brokers.at(-1) !== receipt) return []
    presence.drop(loan)
    return [loan.receipt]
  })
}

async function wishedOf(presence: Presence): Promise<Receipt[]> {
  const { ledger, keys } = presence.place
  const wishes = await ledger.list(keys.wishes(presence.session), toldMax)
  return wishes.flatMap(({ key }) => presence.loanOf(lastOf(key))?.receipt ?? [])
}

async function tellProgress({ place, loans }: Presence, progress: Report['progress']): Promise<void> {
  const { keys, book, settings } = place
  const known = progress.flatMap(({ receipt, value }) => {
    const loan = loans.get(receipt)
    return loan === undefined ? [] : [{ key: keys.progress(loan.job.id), text: value, forMs: settings.deadAgeMs }]
  })
  await book.write(known)
}
