import type { Filter, JobView } from '../../src/client.ts'
import type { FailureGroup } from './failure-groups.ts'
import type { DashboardSource } from './source.ts'

/** Some of the dead jobs, by which the kinds of failure are told. */
export interface DeadSample {
  jobs: JobView[]
  /** Queues that have more than were looked at. */
  cut: string[]
}

const queuesMax = 10
/** The most that one page of the API holds. */
const pageMax = 500
const pageMin = 100

/**
 * The newest of each queue, about `jobsMax` of them in all: a tenant that fails a thousand times a minute must not hide what else has failed.
 * `queues` are those that have dead jobs.
 */
export async function sampleDead(
  source: { jobs: Pick<DashboardSource['jobs'], 'list'> },
  filter: Filter,
  queues: readonly string[],
  { jobsMax, signal }: { jobsMax: number; signal?: AbortSignal },
): Promise<DeadSample> {
  const asked = filter.queue === undefined ? queues.slice(0, queuesMax) : [filter.queue]
  const limit = Math.min(Math.max(Math.floor(jobsMax / Math.max(asked.length, 1)), pageMin), pageMax)
  const pages = await Promise.all(
    asked.map((queue) => source.jobs.list({ ...filter, queue }, { limit, ...(signal !== undefined && { signal }) })),
  )
  return {
    jobs: pages.flatMap(({ jobs }) => jobs),
    cut: asked.filter((_, index) => pages[index]?.cursor !== null),
  }
}

/** Has this kind of failure jobs in a queue of which not all were looked at? */
export function isCut({ queues }: Pick<FailureGroup, 'queues'>, cut: readonly string[]): boolean {
  return queues.some(({ value }) => cut.includes(value))
}
