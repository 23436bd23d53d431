import type { Job, Queue } from 'bullmq'
import type { Keep, TerminalState } from '../../src/contract/index.ts'
import { listsOf } from './records.ts'

type Ended = 'completed' | 'failed'

/**
 * BullMQ's own cleaning, oldest first. Cancelled and quarantined jobs are failed jobs to it: they count, and go, with the dead ones. What
 * jobs were added with (`removeOnComplete`, `removeOnFail`) goes on beside it.
 */
export async function trim(
  queue: Queue,
  states: readonly TerminalState[],
  { count, ageMs }: Keep,
  limit: number,
  nowMs: number,
): Promise<{ removed: number; more: boolean }> {
  let [removed, more] = [0, false]
  for (const list of new Set(states.flatMap((state): readonly Ended[] => listsOf[state]))) {
    const beyond = (await queue.getJobCountByTypes(list)) - count
    removed += await clean(queue, list, 0, Math.min(beyond, limit - removed))
    if (Number.isFinite(ageMs)) removed += await clean(queue, list, ageMs, limit - removed)
    more ||= await isOver(queue, list, count, nowMs - ageMs)
  }
  return { removed, more }
}

/** Asked for none, BullMQ cleans without a bound. */
async function clean(queue: Queue, list: Ended, ageMs: number, most: number): Promise<number> {
  return most > 0 ? (await queue.clean(ageMs, most, list)).length : 0
}

async function isOver(queue: Queue, list: Ended, count: number, endedBeforeMs: number): Promise<boolean> {
  if ((await queue.getJobCountByTypes(list)) > count) return true
  const [oldest] = (await queue.getJobs([list], 0, 0, true)) as Job[]
  return oldest?.finishedOn != null && oldest.finishedOn < endedBeforeMs
}
