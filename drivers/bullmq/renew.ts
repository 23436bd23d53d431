import type { Queue } from 'bullmq'
import type { Packages } from './packages.ts'
import type { Place } from './loans.ts'

const batchMax = 500

/** BullMQ 6 renews many locks in one script; in 5 the way there is not public. */
type BulkQueue = Queue & {
  getBackend?: () => { extendLocks?: (ids: string[], tokens: string[], ms: number) => Promise<string[]> }
}

/** Renews the locks of these loans. Answers those that are lost: the lock is gone, or somebody else's. */
export async function renewLocks<P extends Place>(
  places: readonly P[],
  leaseMs: number,
  ports: { queue: (name: string) => Queue; packages: Packages },
): Promise<P[]> {
  const lost: P[] = []
  for (const [name, all] of Map.groupBy(places, ({ queue }) => queue)) {
    const queue = ports.queue(name)
    for (let from = 0; from < all.length; from += batchMax) {
      const batch = all.slice(from, from + batchMax)
      lost.push(...(await renewBatch(queue, batch, leaseMs, ports.packages)))
    }
  }
  return lost
}

async function renewBatch<P extends Place>(queue: BulkQueue, batch: P[], ms: number, packages: Packages): Promise<P[]> {
  const backend = queue.getBackend?.()
  if (backend?.extendLocks !== undefined) {
    const ids = batch.map(({ bullId }) => bullId)
    const tokens = batch.map(({ token }) => token)
    const failed = new Set(await backend.extendLocks(ids, tokens, ms))
    return batch.filter(({ bullId }) => failed.has(bullId))
  }
  const extended = await Promise.all(
    batch.map(({ bullId, token }) => new packages.bullmq.Job(queue, '', {}, {}, bullId).extendLock(token, ms)),
  )
  return batch.filter((_, i) => Number(extended[i]) !== 1)
}
