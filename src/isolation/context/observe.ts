import { systemEnv, within } from '../../base/env.ts'
import type { ContextTally } from '../../contract/context-probe.ts'
import type { Fiber } from '../../sandbox/fiber.ts'
import { inside, outside, storage } from '../../sandbox/storage.ts'

/** To be called where the job should be the one that asked. */
export type Look = () => void

export interface Observation {
  tally: ContextTally
  /** Why not all of them came to an end. */
  error?: string
}

/**
 * Runs the same for many jobs at once, all begun in one turn of the event loop, and counts in whose name each answer came.
 * It never rejects and takes no longer than `deadlineMs`.
 */
export async function observe(
  fibers: readonly Fiber[],
  run: (look: Look) => unknown,
  deadlineMs: number,
): Promise<Observation> {
  const tally: ContextTally = { kept: 0, lost: 0, bled: 0, of: 0 }
  let ended = 0
  const runs = fibers.map(
    (fiber) =>
      new Promise<void>((resolve, reject) => {
        const end = () => (ended++, resolve())
        inside(fiber.handle, () => void started(() => run(lookerOf(fiber, tally))).then(end, reject))
      }),
  )
  try {
    const inTime = await outside(() => within(systemEnv, deadlineMs, Promise.all(runs)))
    if (inTime) return { tally }
    return { tally, error: `${ended} of ${fibers.length} calls came to an end within ${deadlineMs} ms` }
  } catch (error) {
    return { tally, error: error instanceof Error ? error.message || error.name : String(error) }
  }
}

async function started(run: () => unknown): Promise<void> {
  await run()
}

function lookerOf({ handle }: Fiber, tally: ContextTally): Look {
  return () => {
    const seen = storage.getStore()
    tally.of++
    if (seen === handle) tally.kept++
    else if (seen === undefined) tally.lost++
    // Also where that job has ended: its name stays on what it opened.
    else tally.bled++
  }
}
