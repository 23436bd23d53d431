import type { Due, Receipt, Settled, Verdict } from 'fiber-work/driver'
import { headersOf, type Meta } from './job.ts'
import type { Link } from './link.ts'
import type { Loan } from './loans.ts'
import type { Presence } from './presence.ts'
import { forget, put, remove } from './write.ts'

export interface Item {
  receipt: Receipt
  verdict: Verdict
}

interface Part {
  loan: Loan
  tried: boolean
  settled?: Settled
}

/** Each verdict is one write that holds only if the very message that was lent is still there. */
export function settleAll(presence: Presence, items: Item[], parts: Map<string, unknown>): Promise<Settled[]> {
  return Promise.all(
    items.map(async ({ receipt, verdict }, i): Promise<Settled> => {
      const part = (parts.get(`${i}`) as Part | undefined) ?? begin(presence, receipt)
      if (part === undefined) return { outcome: 'stale' }
      parts.set(`${i}`, part)
      part.settled ??= await settle(presence, part, verdict)
      return part.settled
    }),
  )
}

function begin({ loans }: Presence, receipt: Receipt): Part | undefined {
  const loan = loans.take(receipt)
  return loan && { loan, tried: false }
}

async function settle({ link, env }: Presence, part: Part, verdict: Verdict): Promise<Settled> {
  const { loan, tried } = part
  part.tried = true
  if (verdict.kind === 'retry' || verdict.kind === 'release') {
    const attempts = loan.meta.attempts + (verdict.kind === 'retry' ? 1 : 0)
    const error = verdict.error === undefined ? {} : { error: verdict.error.slice(0, 1_000) }
    const meta = { ...loan.meta, ...error, ...whenOf(verdict.due, env.nowMs()), attempts, by: loan.receipt }
    const written = await put(link, meta, loan.body, loan.seq, tried)
    forget(link, loan.message)
    return { outcome: written ? 'settled' : 'stale' }
  }
  if (verdict.kind === 'dead' || verdict.kind === 'quarantined') await bury(link, loan, verdict)
  const removed = await remove(link, loan.seq)
  forget(link, loan.message)
  // Not there when asked again: we may have taken it away ourselves, and the answer was lost.
  return { outcome: removed ? 'settled' : tried ? 'unsure' : 'stale' }
}

/** A copy in the stream of dead letters, once however often it is asked for. */
async function bury(link: Link, { meta, seq, body }: Loan, verdict: { kind: string; reason: string }): Promise<void> {
  const headers = headersOf({ ...meta, error: `${verdict.kind}: ${verdict.reason.slice(0, 1_000)}` })
  await link.js.publish(link.deadSubjectOf(meta), body, { headers, msgID: `${link.jobs}-${seq}` })
}

function whenOf(due: Due | undefined, nowMs: number): Pick<Meta, 'readyAtMs' | 'dueAtMs'> {
  const dueAtMs = due === undefined ? nowMs : 'atMs' in due ? due.atMs : nowMs + due.inMs
  return dueAtMs > nowMs ? { readyAtMs: dueAtMs, dueAtMs } : { readyAtMs: nowMs }
}
