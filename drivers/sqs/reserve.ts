import type { Reserved, Want } from '../../src/contract/index.ts'
import { toFiberWorkError } from './errors.ts'
import { reservationOf } from './loans.ts'
import type { Presence } from './presence.ts'
import type { Tap } from './tap.ts'

/** What is there; else what comes first. */
export async function reserve(presence: Presence, want: Want): Promise<Reserved> {
  const taps = want.demand.map(({ queue, limit }) => ({ tap: presence.tap(queue), limit: Math.min(limit, want.limit) }))
  return want.waitMs === 0 ? takeNow(presence, taps, want) : takeFirst(presence, taps, want)
}

interface Asked {
  tap: Tap
  limit: number
}

/** Queue by queue, in their order, until each has given what it has or there is enough. */
async function takeNow(presence: Presence, taps: Asked[], { limit, signal }: Want): Promise<Reserved> {
  const reserved: Reserved = { jobs: [], broken: [] }
  for (const { tap, limit: most } of taps) {
    const need = Math.min(most, limit - reserved.jobs.length)
    if (need <= 0 || signal.aborted || presence.closed.aborted) continue
    await presence.taking(tap.fill(need))
    take(reserved, tap, need)
  }
  return told(presence, taps, reserved)
}

/** Receives go on at all queues at once, and the first thing that comes ends the wait. */
async function takeFirst(presence: Presence, taps: Asked[], want: Want): Promise<Reserved> {
  const { env } = presence.link.settings
  const untilMonoMs = env.monoMs() + want.waitMs
  const isOver = (): boolean => want.signal.aborted || presence.closed.aborted
  for (;;) {
    const reserved: Reserved = { jobs: [], broken: [] }
    for (const { tap, limit } of taps) take(reserved, tap, Math.min(limit, want.limit - reserved.jobs.length))
    const leftMs = untilMonoMs - env.monoMs()
    const found = reserved.jobs.length + reserved.broken.length > 0
    // Also when there is enough for now: the next ones are on their way while these run.
    if (!isOver()) {
      const left = want.limit - reserved.jobs.length
      for (const { tap, limit } of taps) if (left > 0) tap.ask(Math.min(limit, left), leftMs)
    }
    if (found || leftMs <= 0 || isOver()) return told(presence, taps, reserved)
    const failed = taps.find(({ tap }) => tap.hasTrouble)
    if (failed !== undefined) return told(presence, taps, reserved)
    await presence.arrival(leftMs, want.signal)
  }
}

function take(reserved: Reserved, tap: Tap, limit: number): void {
  const { loans, broken } = tap.take(Math.max(0, limit))
  for (const loan of loans) reserved.jobs.push(reservationOf(loan))
  reserved.broken.push(...broken)
}

/** Nothing came because something failed: that is the answer. */
function told(presence: Presence, taps: Asked[], reserved: Reserved): Reserved {
  presence.tellHeld()
  for (const { tap } of taps) {
    const trouble = tap.takeTrouble()
    if (trouble === undefined || reserved.jobs.length + reserved.broken.length > 0) continue
    throw toFiberWorkError(trouble.error, `${presence.link.settings.place}: the queue "${tap.name}"`)
  }
  return reserved
}
