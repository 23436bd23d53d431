import { sleep } from '../../src/base/env.ts'
import type { Demand, Receipt, Reservation, Reserved, Want } from '../../src/contract/index.ts'
import type { Ask } from './calls.ts'
import type { Gate, Pass } from './gate.ts'
import { lend } from './lend.ts'
import type { Presence } from './presence.ts'

/** How often limits and pauses are looked at again while a reserve waits at the broker. */
const lookAgainMs = 1_000
/** … and where some queue has limits: the broker is asked anew then, with what has flowed in. */
const pollMs = 100
/** A call ends after so many turns, whatever came up: strays by the thousand. */
const turnsMax = 500

/** What a turn brought, and whether the broker lent what stands for no job any more. */
interface Turn extends Reserved {
  hadStrays: boolean
}

const nothing: Turn = { jobs: [], broken: [], hadStrays: false }

/** Pays the limits, asks the broker, writes down what it lends. */
export async function reserve(presence: Presence, gate: Gate, ask: Ask, want: Want): Promise<Reserved> {
  const { env } = presence.place
  const untilMonoMs = env.monoMs() + want.waitMs
  for (let turn = 1; ; turn++) {
    const leftMs = untilMonoMs - env.monoMs()
    const isOver = () => want.signal.aborted || turn >= turnsMax
    const { jobs, broken, hadStrays } = await takeOnce(presence, gate, ask, want, Math.max(0, leftMs))
    // Jobs may wait behind strays: who does not wait gets them all the same.
    const isLast = () => isOver() || (untilMonoMs - env.monoMs() <= 0 && !hadStrays)
    if (jobs.length + broken.length > 0 || isLast()) return { jobs, broken }
  }
}

async function takeOnce(presence: Presence, gate: Gate, ask: Ask, want: Want, leftMs: number): Promise<Turn> {
  const { place } = presence
  // What an earlier call took and could not write down.
  if (presence.stash.length > 0) return lendStash(presence, ask, [])
  const pass = await gate.pass(want.demand, want.limit)
  if (pass.paid.length > 0) {
    const demand = want.demand.flatMap(({ queue }) => [...pass.paid, ...pass.free].filter((one) => one.queue === queue))
    const reserved = await paidFor(presence, gate, pass.paid, () => pull(presence, ask, want, demand, 0))
    if (reserved.jobs.length + reserved.broken.length > 0 || reserved.hadStrays || leftMs === 0) return reserved
  }
  const waitMs = Math.min(leftMs, nextLookMs(pass, place.nowMs()))
  if (pass.free.length > 0) return pull(presence, ask, want, pass.free, waitMs)
  if (waitMs > 0) await sleep(place.env, waitMs, want.signal)
  return nothing
}

/** When limits and pauses are to be looked at again: once tokens have flowed in, and regularly, since others change them. */
function nextLookMs({ isPartial, wakeAtMs }: Pass, nowMs: number): number {
  const regularMs = isPartial ? pollMs : lookAgainMs
  return wakeAtMs > nowMs ? Math.min(regularMs, wakeAtMs - nowMs) : regularMs
}

async function paidFor(presence: Presence, gate: Gate, paid: Demand[], run: () => Promise<Turn>): Promise<Turn> {
  let reserved = nothing
  try {
    reserved = await run()
    return reserved
  } finally {
    // What lies in the stash is paid for as well.
    const counts = new Map<string, number>()
    for (const { job } of [...reserved.jobs, ...presence.stash]) counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1)
    // Tokens that cannot go back now are lost, and flow in again.
    await gate.came(paid, counts).catch(() => {})
  }
}

async function pull(presence: Presence, ask: Ask, want: Want, demand: Demand[], waitMs: number): Promise<Turn> {
  const { place } = presence
  const { limit, signal } = want
  const reserved = await ask(
    'reserve',
    (call) => place.broker.reserve(call, { demand, limit, waitMs, signal }),
    'again',
  )
  const jobs = reserved.jobs.filter(({ receipt }) => presence.loanAt(receipt) === undefined)
  presence.stash.push(...jobs)
  const waited = waitMs > 0 && jobs.length > 0
  if (waited) await giveBackPaused(presence, ask)
  return lendStash(presence, ask, reserved.broken)
}

/** A queue that was paused while we waited at it gives nothing. */
async function giveBackPaused(presence: Presence, ask: Ask): Promise<void> {
  const { place, stash } = presence
  const queues = [...new Set(stash.map(({ job }) => job.queue))]
  const pages = await place.book.read(queues.map((queue) => place.keys.pause(queue)))
  const paused = new Set(queues.filter((_, i) => pages[i] !== undefined))
  if (paused.size === 0) return
  const back = stash.filter(({ job }) => paused.has(job.queue))
  await ask('settle', (call) =>
    place.broker.settle(
      call,
      back.map(({ receipt }) => ({ receipt, verdict: { kind: 'release' } })),
    ),
  )
  presence.stash = stash.filter(({ job }) => !paused.has(job.queue))
}

async function lendStash(presence: Presence, ask: Ask, broken: string[]): Promise<Turn> {
  const taken = distinct(presence.stash)
  const { jobs, strays } = await lend(presence, taken)
  presence.stash = []
  if (strays.length > 0) await dropStrays(presence, ask, strays)
  return { jobs, broken, hadStrays: strays.length > 0 }
}

function distinct(stash: readonly Reservation[]): Reservation[] {
  return [...new Map(stash.map((one): [Receipt, Reservation] => [one.receipt, one])).values()]
}

/** Messages that stand for nothing: the broker hears that they are done. Should it not, they come up again. */
async function dropStrays(presence: Presence, ask: Ask, strays: { receipt: Receipt; key: string }[]): Promise<void> {
  const { place } = presence
  const items = strays.map(({ receipt }) => ({ receipt, verdict: { kind: 'done' } as const }))
  await ask('settle', (call) => place.broker.settle(call, items)).catch(() => {})
  await place.book.write(strays.map(({ key }) => ({ key }))).catch(() => {})
}
