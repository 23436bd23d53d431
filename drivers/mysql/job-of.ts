import type { StoredJob } from '../../src/contract/index.ts'
import { extraIn, unpack } from './codec.ts'

/** A job as it was enqueued, `due` aside. */
export function jobOf(row: {
  queue: string
  group: string | undefined
  prio: number
  id: string
  name: string
  extra: string | null
  body: string
}): StoredJob {
  const { queue, group, prio, id, name, extra, body } = row
  const job: StoredJob = { id: unpack(id), queue, name: unpack(name), priority: 9 - prio, body: unpack(body) }
  if (group !== undefined) job.group = group
  if (extra !== null) Object.assign(job, extraIn(extra))
  return job
}
