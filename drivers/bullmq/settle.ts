import type { Job } from 'bullmq'
import type { Receipt, Settled, Verdict } from '../../src/contract/index.ts'
import { isGone } from './errors.ts'
import type { Link } from './link.ts'
import { type Loan, placeOf } from './loans.ts'
import type { Presence } from './presence.ts'
import { write } from './verbs.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

const cancelled: Verdict = { kind: 'cancelled', reason: 'It was cancelled while it ran.' }

/** `parts` tells what became of the items when the same call came before and failed half-way. */
export async function settleAll(presence: Presence, items: Item[], parts: Map<string, Settled>): Promise<Settled[]> {
  const { loans, notes, session } = presence
  const seen = new Set<Receipt>()
  const wished = await wishedOf(presence, items)
  const answers = await Promise.allSettled(
    items.map(async ({ receipt, verdict }): Promise<Settled> => {
      if (seen.has(receipt)) return { outcome: 'stale' }
      seen.add(receipt)
      const known = parts.get(receipt)
      if (known !== undefined) return known
      const settled = { outcome: await settleOne(presence, receipt, wished.has(receipt) ? cancelled : verdict) }
      parts.set(receipt, settled)
      loans.remove(receipt)
      return settled
    }),
  )
  const gone = [...seen].filter((receipt) => parts.has(receipt))
  await notes.remove(session, gone)
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  })
}

async function settleOne(presence: Presence, receipt: Receipt, verdict: Verdict): Promise<Settled['outcome']> {
  const { link, wishes, settings } = presence
  const loan = presence.loans.find(receipt) ?? (await strangeLoan(link, receipt))
  if (loan === undefined) return 'stale'
  if (loan.moved === true) return 'settled'
  const { breaks } = link
  try {
    await write(loan, verdict, settings.env.nowMs())
    await wishes.fulfilled(loan)
    return 'settled'
  } catch (error) {
    if (!isGone(error)) throw error
    // Across a broken connection a command may have been sent twice: then the lock is gone because the first one took it.
    return link.breaks === breaks ? 'stale' : 'unsure'
  }
}

/** A wish to cancel is not forgotten when its job would go back to the queue. */
async function wishedOf({ wishes, loans }: Presence, items: Item[]): Promise<Set<Receipt>> {
  const back = items.filter(({ verdict: { kind } }) => kind === 'retry' || kind === 'release')
  const wished = back.length === 0 ? new Set<string>() : await wishes.all()
  if (wished.size === 0) return new Set()
  const held = back.flatMap(({ receipt }) => loans.find(receipt) ?? [])
  return new Set(held.filter((loan) => wished.has(wishes.nameOf(loan))).map(({ receipt }) => receipt))
}

/** A receipt that this session did not give out: the lock in the store tells whether it still counts. */
async function strangeLoan(link: Link, receipt: Receipt): Promise<Loan | undefined> {
  const place = placeOf(receipt)
  if (place === undefined || place.queue.includes(':')) return undefined
  const queue = link.queue(place.queue)
  const job = (await link.packages.bullmq.Job.fromId(queue, place.bullId)) as Job | undefined
  return job === undefined ? undefined : { ...place, receipt, job, limitedMs: () => queue.getRateLimitTtl() }
}
