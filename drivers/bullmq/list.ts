import type { Job } from 'bullmq'
import {
  FiberWorkError,
  type JobFilter,
  type JobPage,
  type JobRecord,
  type JobState,
  type PageRequest,
  jobStates,
} from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { type List, listsOf, recordIn } from './records.ts'

const batchMax = 100
/** So many jobs are looked at in one call where nobody says how many; a page may be short then, and its cursor goes on. */
const lookedAtMax = 2_000

/** One list of one queue, and how far in it we are. */
interface Place {
  queue: string
  list: List
  state: JobState
}

interface Cursor {
  place: number
  offset: number
}

/** Queue by queue, list by list as BullMQ keeps them, and newest first in each. */
export async function listJobs(
  link: Link,
  queues: readonly string[],
  filter: JobFilter,
  { limit, cursor, readMax = lookedAtMax }: PageRequest,
): Promise<JobPage> {
  const nowMs = link.settings.env.nowMs()
  const states = filter.states ?? jobStates
  const places = queues.flatMap((queue) =>
    states.flatMap((state) => listsOf[state].map((list): Place => ({ queue, list, state }))),
  )
  const page: JobPage & { read: number } = { jobs: [], read: 0 }
  const at = cursorOf(cursor)
  for (; at.place < places.length; at.place++, at.offset = 0) {
    const { queue, list, state } = places[at.place]!
    for (let more = true; more;) {
      // One more than may be looked at tells that the search is not over.
      const most = Math.min(batchMax, readMax - page.read + 1)
      const batch = (await link.queue(queue).getJobs([list], at.offset, at.offset + most - 1, false)) as Job[]
      more = batch.length === most
      for (const job of batch) {
        const record = recordIn(queue, job, state)
        const fits = matches(record, filter, nowMs)
        if ((fits && page.jobs.length === limit) || page.read >= readMax) return { ...page, cursor: JSON.stringify(at) }
        at.offset++
        page.read++
        page.readToMs = record.enqueuedAtMs
        if (fits) page.jobs.push(record)
      }
    }
  }
  return page
}

function cursorOf(text: string | undefined): Cursor {
  if (text === undefined) return { place: 0, offset: 0 }
  try {
    const { place, offset } = JSON.parse(text) as Cursor
    if (Number.isSafeInteger(place) && Number.isSafeInteger(offset)) return { place, offset }
  } catch {
    // Told below.
  }
  throw new FiberWorkError('FW_CONFIG_INVALID', `"${text.slice(0, 100)}" is no cursor of a list.`)
}

function matches({ job, state, error, enqueuedAtMs }: JobRecord, filter: JobFilter, nowMs: number): boolean {
  const { name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs } = filter
  return (
    (name === undefined || job.name === name) &&
    (group === undefined || job.group === group) &&
    (tag === undefined || job.tags?.includes(tag) === true) &&
    (idPrefix === undefined || job.id.startsWith(idPrefix)) &&
    (errorText === undefined || (state !== 'done' && error?.includes(errorText) === true)) &&
    (ageMsMin === undefined || nowMs - enqueuedAtMs >= ageMsMin) &&
    (fromMs === undefined || enqueuedAtMs >= fromMs) &&
    (toMs === undefined || enqueuedAtMs < toMs)
  )
}
