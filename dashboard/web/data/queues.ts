import { signal } from '@preact/signals'
import type { QueueView } from '../../../src/client.ts'
import { api } from './api.ts'
import { type Resource, useResource } from './resource.ts'

/** How many were ready in each queue, every two seconds, while a page looked. Oldest first. */
export const readySeries = signal<ReadonlyMap<string, readonly number[]>>(new Map())

const pointsMax = 120

/** Every queue, and how full it is. */
export function useQueues(): Resource<QueueView[]> {
  return useResource(
    async () => {
      const queues = await api.queues.list()
      record(queues)
      return queues
    },
    ['queues'],
    { everyMs: 2_000 },
  )
}

function record(queues: readonly QueueView[]): void {
  const before = readySeries.peek()
  readySeries.value = new Map(
    queues.map(({ queue, ready }) => [queue, [...(before.get(queue) ?? []), ready].slice(-pointsMax)]),
  )
}
