import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../src/index.ts'
import { spin } from './dashboard-jobs.ts'

export interface Turns {
  turns: number
  seconds: number
  /** Of each turn, before it counts. */
  settleMs: number
}

/** So many a second can no worker do of these jobs. */
const jobsPerSecondMax = 18_000
const batch = 20_000
const pad = 'x'.repeat(180)

/** A backlog that outlasts all turns. */
export async function fill(client: Client, { turns, seconds, settleMs }: Turns): Promise<void> {
  const jobs = (2 * turns + 1) * (seconds + settleMs / 1_000) * jobsPerSecondMax
  for (let sent = 0; sent < jobs; sent += batch) {
    await client.enqueueMany(
      spin,
      Array.from({ length: batch }, (_, n) => ({ n: sent + n, pad })),
    )
  }
}

/**
 * The rate of the worker while somebody looks and while nobody does, turn by turn, each against the mean of the two beside it, so that a machine
 * that slows down slows both; the median of these ratios. `done` answers how many jobs it has done so far; `look` begins to look and answers the end.
 */
export async function takeTurns(
  given: Turns,
  done: () => Promise<number>,
  look: () => Promise<() => void | Promise<void>>,
): Promise<{ ratio: number; jobsPerSecond: number }> {
  const rate = async () => {
    await sleep(given.settleMs)
    const before = await done()
    const started = performance.now()
    await sleep(given.seconds * 1_000)
    const after = await done()
    return ((after - before) * 1_000) / (performance.now() - started)
  }
  const bare = [await rate()]
  const looked: number[] = []
  for (let turn = 0; turn < given.turns; turn++) {
    const end = await look()
    looked.push(await rate())
    await end()
    bare.push(await rate())
  }
  if (bare.includes(0)) throw new Error('the backlog was too short, or the worker stood still')
  const ratios = looked.map((value, turn) => value / ((bare[turn]! + bare[turn + 1]!) / 2))
  return { ratio: median(ratios), jobsPerSecond: median(bare) }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!
}
