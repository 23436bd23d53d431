import type { Client } from '../connect/client.ts'
import type { JobFilter } from '../contract/inspector.ts'
import type { JobRecord } from '../contract/job.ts'

/** Oldest first, from all pages. */
export async function everyJob(client: Client, filter: JobFilter): Promise<JobRecord[]> {
  const records: JobRecord[] = []
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await client.list(filter, { limit: 1_000, ...(cursor !== undefined && { cursor }) })
    records.push(...page.jobs)
    cursor = page.cursor
  }
  return records.toReversed()
}
