import type { Snapshot } from '../../../src/contract/dashboard.ts'
import { count } from '../../model/format.ts'
import { act } from '../parts/toast.tsx'
import { api } from './api.ts'

/** Let half as many jobs of a queue run at once as may now, over all workers, and say so. */
export function halveConcurrency(queue: string): Promise<boolean> {
  let half = 0
  return act(
    async () => {
      half = Math.max(1, Math.floor((await concurrencyOf(queue)) / 2))
      await api.queues.setConcurrency(queue, half)
    },
    () => `${queue} runs ${count(half)} at once, over all workers. Its page sets any other number.`,
  )
}

/** The queue's own limit, else all that the workers beside the API have room for. */
async function concurrencyOf(queue: string): Promise<number> {
  const { concurrencyMax } = ((await api.queues.limits(queue)).queue ?? {}) as { concurrencyMax?: number }
  if (concurrencyMax !== undefined) return concurrencyMax
  const { processes } = await api.workers.processes()
  const room = processes.reduce((sum, { snapshot }) => sum + (snapshot as Snapshot).fibers.concurrency, 0)
  if (room > 0) return room
  throw new Error(`${queue} has no limit that could be halved, and no worker is here to ask. Its page sets one.`)
}
