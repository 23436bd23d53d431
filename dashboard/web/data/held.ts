import type { GroupView, LimitersView } from '../../../src/client.ts'
import { api } from './api.ts'
import { useResource } from './resource.ts'

export interface HeldQueue {
  queue: string
  groups: GroupView[]
}

const groupsLooked = 100

/** What is held back now, and the groups of each queue that has limits or is frozen. */
export function useHeld() {
  return useResource(
    async (): Promise<{ limiters: LimitersView; queues: HeldQueue[] }> => {
      const limiters = await api.queues.limiters()
      const names = new Set([...limiters.queues, ...limiters.frozen].map(({ queue }) => queue))
      const queues = await Promise.all(
        [...names].map(async (queue) => ({ queue, groups: await api.queues.groups(queue, groupsLooked) })),
      )
      return { limiters, queues }
    },
    ['held'],
    { everyMs: 3_000 },
  )
}
