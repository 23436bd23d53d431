import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../../../src/connect/client.ts'
import { machineMs } from '../../../history/events.ts'
import { type Arena, times } from '../../arena.ts'
import type { ChaosInput } from '../../jobs.ts'

const batches = 40
const everyMs = 100
const pollMs = 20
const settleMs = 50

/** A producer that goes on while things break: so many jobs over some four seconds, or as long as the store needs to take them. */
export async function produce(arena: Arena, jobs: number, input: () => ChaosInput, client?: Client): Promise<void> {
  let sent = 0
  for (let batch = 1; batch <= batches; batch++) {
    const upTo = Math.round((jobs * batch) / batches)
    await arena.enqueue(times(upTo - sent, input), { ...(client && { client }) })
    sent = upTo
    await sleep(everyMs)
  }
}

/** Milliseconds from `fromMs` until more jobs are done than were done then: consumption is back. Infinity when it is not. */
export async function backAfter(arena: Arena, fromMs: number, waitMsMax = 60_000): Promise<number> {
  let first: number | undefined
  // What had reached the server before the fault is no consumption after it.
  await sleep(settleMs)
  while (machineMs() < fromMs + waitMsMax) {
    const done = await doneNow(arena)
    if (done !== undefined && first !== undefined && done > first) return machineMs() - fromMs
    if (done !== undefined) first ??= done
    await sleep(pollMs)
  }
  return Infinity
}

async function doneNow(arena: Arena): Promise<number | undefined> {
  try {
    return (await arena.depth()).done
  } catch {
    // The server is not there.
    return undefined
  }
}
