import type { Reservation, Reserved, Want } from '../../src/contract/index.ts'
import { type Env, sleep } from '../../src/base/env.ts'
import { fromBull } from './codec.ts'
import { type Loan, receiptOf } from './loans.ts'
import type { Presence } from './presence.ts'
import { failFinally } from './verbs.ts'
import type { Taken, Tap } from './tap.ts'

/** Take what is there; else wait for it. */
export async function reserve(presence: Presence, want: Want): Promise<Reserved> {
  const { env } = presence.settings
  const taps = want.demand.map(({ queue }) => presence.tap(queue))
  const untilMonoMs = env.monoMs() + want.waitMs
  const over = AbortSignal.any([want.signal, presence.closed])
  for (;;) {
    const reserved = over.aborted ? empty() : await takeAll(presence, want)
    const leftMs = untilMonoMs - env.monoMs()
    if (reserved.jobs.length + reserved.broken.length > 0 || leftMs <= 0 || over.aborted) return reserved
    const caught = await waitAt(taps, want, sleepUntil(env, leftMs, over))
    if (caught.length > 0) return lent(presence, caught)
  }
}

const empty = (): Reserved => ({ jobs: [], broken: [] })

/** One queue's worth of what was taken. */
interface Catch {
  queue: string
  taken: Taken[]
}

async function takeAll(presence: Presence, { demand, limit }: Want): Promise<Reserved> {
  const catches: Catch[] = []
  let left = limit
  for (const { queue, limit: share } of demand) {
    const taken = left === 0 ? [] : await presence.tap(queue).take(Math.min(share, left))
    catches.push({ queue, taken })
    left -= taken.length
  }
  return lent(presence, catches)
}

/** Answers what a wait has brought; nothing when it ended for another reason. */
async function waitAt(taps: Tap[], want: Want, over: Ending): Promise<Catch[]> {
  for (const tap of taps) tap.join()
  try {
    await Promise.race([over.ended, ...taps.map((tap) => tap.ready())])
    const catches = taps.map((tap, i) => ({ queue: tap.queue, taken: tap.caught(want.demand[i]!.limit) }))
    return catches.filter(({ taken }) => taken.length > 0)
  } finally {
    over.dispose()
    for (const tap of taps) tap.leave()
  }
}

/** A sleep that can be put away. */
interface Ending {
  ended: Promise<void>
  dispose: () => void
}

function sleepUntil(env: Env, ms: number, over: AbortSignal): Ending {
  const disposal = new AbortController()
  return {
    ended: sleep(env, ms, AbortSignal.any([over, disposal.signal])),
    dispose: () => disposal.abort(),
  }
}

async function lent(presence: Presence, catches: Catch[]): Promise<Reserved> {
  const reserved = empty()
  const loans: Loan[] = []
  for (const { queue, taken } of catches) {
    for (const { job, token } of taken) {
      const bullId = job.id ?? ''
      const limitedMs = () => presence.link.queue(queue).getRateLimitTtl()
      const loan: Loan = { receipt: receiptOf({ queue, bullId, token }), queue, bullId, token, job, limitedMs }
      // The hash of the job is gone (evicted, deleted by hand): what BullMQ makes of nothing has no name.
      if (typeof job.name !== 'string') reserved.broken.push(bullId)
      // BullMQ has given it up already (it stalled too often, a child failed): its worker fails it unseen, and so do we.
      else if (job.deferredFailure !== undefined) await failFinally(loan, job.deferredFailure).catch(() => {})
      else {
        loans.push(loan)
        reserved.jobs.push(reservationOf(loan))
      }
    }
  }
  for (const loan of loans) presence.loans.add(loan)
  await presence.notes.add(presence.session, loans)
  return reserved
}

function reservationOf(loan: Loan): Reservation {
  const { job, queue, receipt } = loan
  const takenAtMs = job.processedOn ?? job.timestamp
  // Of a job that came back nobody knows since when it was ready.
  const readyAtMs = job.attemptsStarted > 1 ? takenAtMs : job.timestamp + (job.opts.delay ?? 0)
  return {
    receipt,
    job: fromBull(queue, job),
    attempts: job.attemptsMade + 1,
    crashes: job.stalledCounter,
    enqueuedAtMs: job.timestamp,
    waitedMs: Math.max(0, takenAtMs - readyAtMs),
  }
}
