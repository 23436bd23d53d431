import type { Filter, QueueView } from '../../../src/client.ts'
import { type DeadSample, sampleDead } from '../../model/dead-sample.ts'
import type { ListFilter } from '../../model/filter-text.ts'
import { api } from './api.ts'
import { type Resource, useResource } from './resource.ts'

/** Those that wait for a decision. */
export const deadStates = ['dead', 'quarantined'] as const

interface Options {
  /** About so many are looked at. */
  jobsMax: number
  everyMs: number
}

/** The newest dead jobs of each queue that has some, of those that the filter means. */
export function useDead(
  queues: Resource<QueueView[]>,
  filter: ListFilter,
  { jobsMax, everyMs }: Options,
): Resource<DeadSample> {
  return useResource(
    async (signal) => {
      const known = await queues.first()
      const names = known.filter((one) => one.dead + one.quarantined > 0).map(({ queue }) => queue)
      return sampleDead(api, { ...filter, states: [...deadStates] } as Filter, names, { jobsMax, signal })
    },
    ['dead', filter],
    { everyMs },
  )
}
