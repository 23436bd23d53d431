import type { Receipt, Settled, Verdict } from '../../src/contract/index.ts'
import type { Lane } from './lane.ts'
import type { Loan } from './loans.ts'
import type { Presence } from './presence.ts'
import { type Letter, Posting } from './publisher.ts'
import type { Parcel } from './wire.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

/** One call to settle, while it is repeated: what is written is not written again. */
export interface Settling {
  outcomes: Settled[] | undefined
  /** Loans whose job has to be somewhere else before they are acknowledged. */
  moved: Loan[]
  posting: Posting | undefined
}

export const beginSettling = (): Settling => ({ outcomes: undefined, moved: [], posting: undefined })

const stale: Settled = { outcome: 'stale' }
/** An acknowledgement has no reply. */
const unsure: Settled = { outcome: 'unsure' }

/**
 * Done jobs are acknowledged. All others are published anew first, with their counters, and acknowledged when the broker has confirmed
 * that: a crash between the two leaves the job there twice, and never nowhere.
 */
export async function settleAll(presence: Presence, items: Item[], settling: Settling): Promise<Settled[]> {
  if (settling.outcomes === undefined) await sort(presence, items, settling)
  const { posting, moved } = settling
  if (posting !== undefined && moved.length > 0) {
    const fates = await presence.mail.send(posting, (i) => moved[i]!.parcel.job.queue)
    const full = fates.indexOf('refused')
    if (full >= 0) {
      for (const [i, fate] of fates.entries()) if (fate === 'refused') posting.fates[i] = undefined
      throw presence.mail.full(moved[full]!.parcel.job.queue)
    }
    acknowledge(presence, moved)
  }
  return settling.outcomes!
}

async function sort(presence: Presence, items: Item[], settling: Settling): Promise<void> {
  const { loans, mail, settings } = presence
  const ended: Loan[] = []
  const moved: { loan: Loan; verdict: Verdict }[] = []
  const seen = new Set<Loan>()
  const outcomes = items.map(({ receipt, verdict }): Settled => {
    const loan = loans.find(receipt)
    if (loan === undefined || seen.has(loan)) return stale
    seen.add(loan)
    if (verdict.kind === 'done') ended.push(loan)
    else moved.push({ loan, verdict })
    return unsure
  })
  acknowledge(presence, ended)
  if (moved.length > 0) {
    const nowMs = settings.env.nowMs()
    const parcels = moved.map(({ loan, verdict }) => parcelAfter(loan.parcel, verdict, nowMs))
    settling.moved = moved.map(({ loan }) => loan)
    await mail.prepare(parcels, nowMs)
    await rest(presence, moved)
    settling.posting = new Posting(
      parcels.map((parcel, i): Letter => letterOf(presence, parcel, moved[i]!.verdict, nowMs)),
    )
  }
  settling.outcomes = outcomes
}

/** Who releases a job does not want it back: a tap that is still open would take it again before others. */
async function rest(presence: Presence, moved: { loan: Loan; verdict: Verdict }[]): Promise<void> {
  const released = moved.filter(({ verdict }) => verdict.kind === 'release')
  const queues = new Set(released.map(({ loan }) => loan.parcel.job.queue))
  await Promise.all([...queues].map((queue) => presence.tap(queue).rest()))
}

function letterOf({ mail }: Presence, parcel: Parcel, verdict: Verdict, nowMs: number): Letter {
  if (verdict.kind === 'dead' || verdict.kind === 'quarantined' || verdict.kind === 'cancelled') {
    return mail.deadLetter(parcel, verdict.kind, verdict.reason)
  }
  return mail.letter(parcel, nowMs)
}

/** How the job goes on: an attempt more after a retry, none after a release. */
function parcelAfter(parcel: Parcel, verdict: Verdict, nowMs: number): Parcel {
  if (verdict.kind !== 'retry' && verdict.kind !== 'release') return { ...parcel, attempts: parcel.attempts + 1 }
  const { due } = verdict
  const dueAtMs = due === undefined ? undefined : 'inMs' in due ? nowMs + due.inMs : due.atMs
  return {
    ...parcel,
    attempts: verdict.kind === 'retry' ? parcel.attempts + 1 : parcel.attempts,
    // One that was released at once is as old as it was.
    dueAtMs: dueAtMs !== undefined && dueAtMs > nowMs ? dueAtMs : verdict.kind === 'retry' ? nowMs : parcel.dueAtMs,
    error: verdict.error ?? parcel.error,
  }
}

/** All of a lane together. */
function acknowledge({ loans }: Presence, ended: readonly Loan[]): void {
  const tags = new Map<Lane, number[]>()
  for (const loan of ended) {
    // A lane that has closed since has taken its loans with it: the broker has them, and hands them out again.
    if (!loans.remove(loan)) continue
    const { lane, tag } = loan
    const known = tags.get(lane)
    if (known === undefined) tags.set(lane, [tag])
    else known.push(tag)
  }
  for (const [lane, list] of tags) lane.ack(list)
}
