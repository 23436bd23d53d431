import type { QueueDepth } from '../../src/contract/index.ts'
import { textsOf } from './codec.ts'
import type { Link } from './link.ts'

type Counted = Omit<QueueDepth, 'queue' | 'blocked' | 'oldestReadyMs'> & { oldest: number | null }

/** Counted from the narrow tables themselves: no counter that all workers would have to write, and none that could drift. */
export async function depthsOf(link: Link, queues: string[]): Promise<QueueDepth[]> {
  if (queues.length === 0) return []
  const counts = (await link.call('depth', [textsOf(queues)])) as Counted[]
  return counts.map(({ oldest, ...counted }, i) => ({
    queue: queues[i]!,
    blocked: 0,
    ...counted,
    ...(oldest !== null && { oldestReadyMs: oldest }),
  }))
}
