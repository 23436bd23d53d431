import { FiberWorkError } from '../../src/contract/index.ts'
import type { JobFilter, JobPage, JobRecord, PageRequest } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { listLooks } from './list.ts'
import { placeOfLook, recordOfLook } from './looks.ts'
import { together } from './sharded-together.ts'

/** Of one shard: its next jobs, newest first, and where it goes on behind them (undefined: nowhere). */
interface Shelf {
  next: { record: JobRecord; place: string }[]
  cursor: string | undefined
  read: number
  /** When the last one that it looked at was enqueued: what it has not looked at yet is not newer. */
  readToMs: number | undefined
}

const over = '-'

/**
 * A page of jobs of all shards, newest first by the clocks of their servers. A cursor is where each of them goes on, `-` where nothing
 * is left. Of a bounded search each shard does its part.
 */
export async function listShards(links: readonly Link[], filter: JobFilter, page: PageRequest): Promise<JobPage> {
  const { limit, cursor, readMax } = page
  const from = cursor?.split(',') ?? links.map(() => '')
  if (from.length !== links.length) throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of this list.')
  const part = { limit, ...(readMax !== undefined && { readMax: Math.ceil(readMax / links.length) }) }
  const shelves = await together(links.map((link, i) => shelfOf(link, filter, part, from[i]!)))
  const jobs: JobRecord[] = []
  while (jobs.length < limit) {
    const newest = shelves.filter(({ next }) => next.length > 0).toSorted(newestFirst)[0]
    if (newest === undefined || mayComeBefore(shelves, newest.next[0]!.record)) break
    jobs.push(newest.next.shift()!.record)
  }
  const after = shelves.map(({ next, cursor = over }) => (next.length > 0 ? above(next[0]!.place) : cursor))
  const readToMs = readToOf(shelves)
  return {
    jobs,
    read: shelves.reduce((sum, { read }) => sum + read, 0),
    ...(readToMs !== undefined && { readToMs }),
    ...(after.some((one) => one !== over) && { cursor: after.join(',') }),
  }
}

async function shelfOf(link: Link, filter: JobFilter, page: PageRequest, from: string): Promise<Shelf> {
  if (from === over) return { next: [], cursor: undefined, read: 0, readToMs: undefined }
  const { looks, cursor, read, readToMs } = await listLooks(link, filter, {
    ...page,
    ...(from !== '' && { cursor: from }),
  })
  const next = looks.map((look) => ({ record: recordOfLook(look), place: placeOfLook(look) }))
  return { next, cursor, read, readToMs }
}

/** A shard that has stopped with nothing left to show may have newer ones than this where it goes on. */
function mayComeBefore(shelves: readonly Shelf[], { enqueuedAtMs }: JobRecord): boolean {
  return shelves.some(
    ({ next, cursor, readToMs }) =>
      next.length === 0 && cursor !== undefined && readToMs !== undefined && enqueuedAtMs <= readToMs,
  )
}

/** The shard that has come least far tells; when all have come to their end, the one that went farthest. */
function readToOf(shelves: readonly Shelf[]): number | undefined {
  const going = shelves.flatMap(({ next: [first], cursor, readToMs }) => {
    const toMs = first?.record.enqueuedAtMs ?? (cursor === undefined ? undefined : readToMs)
    return toMs === undefined ? [] : [toMs]
  })
  if (going.length > 0) return Math.max(...going)
  const ended = shelves.flatMap(({ readToMs }) => readToMs ?? [])
  return ended.length > 0 ? Math.min(...ended) : undefined
}

/** Of the same millisecond: by their ids, which rise with time where they were made by us. */
function newestFirst({ next: [a] }: Shelf, { next: [b] }: Shelf): number {
  const [one, other] = [a!.record, b!.record]
  return other.enqueuedAtMs - one.enqueuedAtMs || (one.job.id < other.job.id ? 1 : -1)
}

/** A cursor behind which this place comes first. */
const above = (place: string): string => String(Number(place) + 1)
