import type { Added, StoredJob } from '../../src/contract/index.ts'
import { toBull } from './codec.ts'
import { bullIdOf } from './ids.ts'
import type { Link } from './link.ts'

/**
 * Adds the jobs, in one transaction a queue. BullMQ does not tell an id that is there already from a new one, so that this is asked
 * before: two producers that add one id in the same moment may both hear `added`; BullMQ keeps one.
 */
export async function enqueue(link: Link, jobs: StoredJob[]): Promise<Added[]> {
  const added: Added[] = jobs.map(({ id }) => ({ outcome: 'duplicate', id }))
  const queues = Map.groupBy(jobs.keys(), (index) => jobs[index]!.queue)
  await Promise.all(
    [...queues].map(async ([name, indexes]) => {
      for (const index of await addTo(link, name, jobs, indexes)) added[index]!.outcome = 'added'
    }),
  )
  return added
}

/** Answers the indexes of those that were new. */
async function addTo(link: Link, name: string, jobs: StoredJob[], indexes: number[]): Promise<number[]> {
  const queue = await link.writer(name)
  const asked = link.redis.pipeline()
  for (const index of indexes) asked.exists(queue.toKey(bullIdOf(jobs[index]!.id)))
  const exist = (await asked.exec()) ?? []
  const seen = new Set<string>()
  const fresh = indexes.filter((index, i) => {
    const [error, there] = exist[i] ?? []
    if (error instanceof Error) throw error
    const { id } = jobs[index]!
    const first = !seen.has(id)
    seen.add(id)
    return first && there === 0
  })
  // The clock is read at the last moment: BullMQ's delays count from what we say.
  const nowMs = link.settings.env.nowMs()
  if (fresh.length > 0) await queue.addBulk(fresh.map((index) => toBull(jobs[index]!, nowMs)))
  return fresh
}
