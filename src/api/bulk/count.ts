import type { Env } from '../../base/env.ts'
import type { Client } from '../../connect/client.ts'
import type { JobFilter } from '../../contract/inspector.ts'
import type { JobRecord } from '../../contract/job.ts'

const samplesMax = 5
const timeMsMax = 1_500

export interface Count {
  count: number
  /** False: time was up before all were looked at, and there may be more. */
  exact: boolean
  /** The newest few. */
  sample: JobRecord[]
  readToMs?: number
}

/** How many jobs a filter means: from the counters where they tell, else by looking, for a second and a half at most. */
export async function countJobs(env: Env, client: Client, filter: JobFilter): Promise<Count> {
  const { queue, states, ...others } = filter
  const first = await client.list(filter, { limit: samplesMax, readMax: 20_000 })
  if (states !== undefined && Object.keys(others).length === 0) {
    const depths = await client.depth(queue === undefined ? undefined : [queue])
    const count = depths.reduce((sum, depth) => sum + states.reduce((one, state) => one + depth[state], 0), 0)
    return { count, exact: true, sample: first.jobs }
  }
  const untilMonoMs = env.monoMs() + timeMsMax
  let count = first.jobs.length
  let page = first
  while (page.cursor !== undefined && env.monoMs() < untilMonoMs) {
    page = await client.list(filter, { limit: 500, readMax: 20_000, cursor: page.cursor })
    count += page.jobs.length
  }
  return {
    count,
    exact: page.cursor === undefined,
    sample: first.jobs,
    ...(page.cursor !== undefined && page.readToMs !== undefined && { readToMs: page.readToMs }),
  }
}
