import { FiberWorkError } from '../../src/contract/index.ts'
import type { JobFilter, JobPage, JobRecord } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { listLooks } from './list.ts'
import { placeOfLook, recordOfLook } from './looks.ts'
import { together } from './sharded-together.ts'

/** Of one shard: its next jobs, newest first, and where it goes on behind them (undefined: nowhere). */
interface Shelf {
  next: { record: JobRecord; place: string }[]
  cursor: string | undefined
}

const over = '-'

/**
 * A page of jobs of all shards, newest first by the clocks of their servers. A cursor is where each of them goes on, `-` where nothing
 * is left.
 */
export async function listShards(
  links: readonly Link[],
  filter: JobFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<JobPage> {
  const from = cursor?.split(',') ?? links.map(() => '')
  if (from.length !== links.length) throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of this list.')
  const shelves = await together(links.map((link, i) => shelfOf(link, filter, limit, from[i]!)))
  const jobs: JobRecord[] = []
  while (jobs.length < limit) {
    const newest = shelves.filter(({ next }) => next.length > 0).toSorted(newestFirst)[0]
    if (newest === undefined) break
    jobs.push(newest.next.shift()!.record)
  }
  const after = shelves.map(({ next, cursor = over }) => (next.length > 0 ? above(next[0]!.place) : cursor))
  return after.every((one) => one === over) ? { jobs } : { jobs, cursor: after.join(',') }
}

async function shelfOf(link: Link, filter: JobFilter, limit: number, from: string): Promise<Shelf> {
  if (from === over) return { next: [], cursor: undefined }
  const { looks, cursor } = await listLooks(link, filter, { limit, ...(from !== '' && { cursor: from }) })
  return { next: looks.map((look) => ({ record: recordOfLook(look), place: placeOfLook(look) })), cursor }
}

/** Of the same millisecond: by their ids, which rise with time where they were made by us. */
function newestFirst({ next: [a] }: Shelf, { next: [b] }: Shelf): number {
  const [one, other] = [a!.record, b!.record]
  return other.enqueuedAtMs - one.enqueuedAtMs || (one.job.id < other.job.id ? 1 : -1)
}

/** A cursor behind which this place comes first. */
const above = (place: string): string => String(Number(place) + 1)
