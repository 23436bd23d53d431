import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import type { EngineOptions, QueueShare } from '../engine/options.ts'
import type { Registry } from '../job/registry.ts'
import { ThreadLane } from '../lane/lane.ts'

/** The other end of the lane, which loads the facades for each thread. */
const entry = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)

/** One less than there are cores: the event loop has one for itself. */
export const threadsByDefault = (): number => Math.max(1, availableParallelism() - 1)

/**
 * The threads of a worker, where one of its handlers wants to run in one; without any, nothing is loaded. One thread is started at
 * once, to see whether it finds the handlers. Throws `FW_THREAD_HANDLER`.
 */
export async function openLane(engine: EngineOptions, threads: number): Promise<ThreadLane | undefined> {
  const { env, registry, driver, bodyBytesMax, keys } = engine
  const handlers = registry.all().filter(({ options }) => options.lane === 'thread')
  if (handlers.length === 0 || threads === 0) return undefined
  const lane = new ThreadLane({
    env,
    threads,
    entry,
    data: { traits: driver.traits, bodyBytesMax, ...(keys && { encryption: keys.carried() }) },
  })
  try {
    await lane.check(handlers)
    return lane
  } catch (error) {
    await lane.end()
    throw error
  }
}

/** A queue with handlers of the thread lane only has no more slots than there are threads: nothing is taken that would wait. */
export function sharesOfThreads(
  shares: Record<string, QueueShare>,
  registry: Registry,
  threads: number,
): Record<string, QueueShare> {
  if (threads === 0) return shares
  const onLoop = new Set(
    registry
      .all()
      .filter(({ options }) => options.lane !== 'thread')
      .map(({ queue }) => queue.name),
  )
  const capped = ({ concurrency = threads, ...share }: QueueShare) => ({
    ...share,
    concurrency: Math.min(concurrency, threads),
  })
  return Object.fromEntries(
    Object.entries(shares).map(([queue, share]) => [queue, onLoop.has(queue) ? share : capped(share)]),
  )
}
