import { FiberWorkError, type Reservation, type Reserved, type Want } from '../../src/contract/index.ts'
import type { Delivery } from './loans.ts'
import type { Presence } from './presence.ts'
import type { Tap } from './tap.ts'
import { copyOf } from './wire.ts'

const plentyMin = 64

interface Wanted {
  tap: Tap
  limit: number
}

/** Hands out what the taps have brought, in the order of the demands; the taps are told to bring as much as is missing. */
export async function reserve(presence: Presence, { demand, limit, waitMs, signal }: Want): Promise<Reserved> {
  const wanted = demand
    .map(({ queue, limit: most }): Wanted => ({ tap: presence.tap(queue), limit: Math.min(limit, most) }))
    .filter((want) => want.limit > 0)
  for (const { tap } of wanted) tap.join()
  try {
    if (available(wanted, limit) < limit) await fill(presence, wanted, limit, waitMs, signal)
    // What has come goes along even if nobody waits for it any more: a later call would find it no sooner.
    if (presence.isRevoked) throw revoked()
    return { jobs: take(presence, wanted, limit), broken: [] }
  } finally {
    for (const { tap } of wanted) tap.leave()
  }
}

export const revoked = (): FiberWorkError =>
  new FiberWorkError('FW_LEASE_REVOKED', 'The connection that held the jobs is lost; the broker has them again.')

async function fill(
  presence: Presence,
  wanted: Wanted[],
  limit: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  // Enough to be worth a call of its own: what comes meanwhile is for the next one.
  const plenty = available(wanted, plentyMin) >= plentyMin
  await Promise.all(wanted.map(({ tap, limit: most }) => tap.want(most)))
  if (plenty || (available(wanted, limit) > 0 && waitMs > 0)) return
  if (waitMs === 0) await Promise.all(wanted.map(({ tap, limit: most }) => presence.settled(tap, most)))
  else await oneComes(presence, wanted, waitMs, signal)
}

/** Resolves when there is something, when the wait is over, or when nobody waits any more. */
async function oneComes(presence: Presence, wanted: Wanted[], waitMs: number, signal: AbortSignal): Promise<void> {
  const { env } = presence.settings
  const untilMonoMs = env.monoMs() + waitMs
  for (;;) {
    const leftMs = untilMonoMs - env.monoMs()
    if (available(wanted, 1) > 0 || leftMs <= 0 || signal.aborted || presence.ended.aborted) return
    await nextRing(presence, leftMs, signal)
    // A queue that was deleted is made anew, and asked again.
    await Promise.all(wanted.map(({ tap, limit }) => tap.want(limit)))
  }
}

/** The presence rings at its end too. */
function nextRing(presence: Presence, mostMs: number, signal: AbortSignal): Promise<void> {
  const { env } = presence.settings
  return new Promise((resolve) => {
    const wake = () => {
      env.clearTimer(timer)
      hush()
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = env.setTimer(wake, mostMs)
    const hush = presence.onRing(wake)
    signal.addEventListener('abort', wake, { once: true })
  })
}

function available(wanted: Wanted[], enough: number): number {
  let count = 0
  for (const { tap, limit } of wanted) {
    count += Math.min(limit, tap.buffer.readyCount)
    if (count >= enough) return count
  }
  return count
}

function take(presence: Presence, wanted: Wanted[], limit: number): Reservation[] {
  const nowMs = presence.settings.env.nowMs()
  const jobs: Reservation[] = []
  for (const { tap, limit: most } of wanted) {
    for (const delivery of tap.buffer.take(Math.min(most, limit - jobs.length)))
      jobs.push(lend(presence, delivery, nowMs))
  }
  return jobs
}

function lend({ loans }: Presence, delivery: Delivery, nowMs: number): Reservation {
  const { receipt, parcel } = loans.lend(delivery)
  return {
    receipt,
    job: copyOf(parcel.job),
    attempts: parcel.attempts + 1,
    crashes: parcel.crashes,
    enqueuedAtMs: parcel.enqueuedAtMs,
    waitedMs: Math.max(0, nowMs - (parcel.dueAtMs ?? parcel.enqueuedAtMs)),
  }
}
