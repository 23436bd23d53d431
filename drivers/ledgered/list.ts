import {
  FiberWorkError,
  type JobFilter,
  type JobPage,
  type JobRecord,
  type JobState,
  type PageRequest,
  type StoredJob,
} from '../../src/contract/index.ts'
import { isGone, knownOf, recordOf } from './fate.ts'
import { enqueuedAtMsOf, lastOf, shelves } from './keys.ts'
import type { Place } from './place.ts'
import { listAll } from './book.ts'

/** Entries of shelves that one call looks through, at most; then it answers what it found, and a cursor. */
const lookMax = 5_000
const pageMax = 500
/** Ready jobs among which `peek` finds the next ones. */
const peekMax = 10_000

const waiting: readonly JobState[] = ['blocked', 'ready', 'delayed', 'running']

/** What is known of each id, in their order. */
export async function findAll(place: Place, ids: string[]): Promise<(JobRecord | undefined)[]> {
  const { book, keys } = place
  const pages = await book.read(ids.flatMap((id) => [keys.job(id), keys.fate(id), keys.progress(id)]))
  const nowMs = place.nowMs()
  return ids.map((_, i) => {
    const [job, fate, progress] = pages.slice(3 * i, 3 * i + 3)
    const known = knownOf(fate)
    if (job === undefined || known === undefined || isGone(known.fate, nowMs)) return undefined
    return recordOf(JSON.parse(job.text) as StoredJob, known.fate, progress?.text, nowMs)
  })
}

/** Names of queues that were ever used here. */
export async function queueNames({ ledger, keys }: Place, most = 10_000): Promise<string[]> {
  return (await listAll(ledger, keys.queues(), most)).map(({ key }) => lastOf(key))
}

/** An entry of a shelf: its place among all, and its id. */
interface Entry {
  at: string
  id: string
}

/**
 * Newest first, from the shelves that the states stand on, of the queue or of all of them. Name, queue and state are known there; whatever else
 * is asked for is looked for in the records, a bounded number a call: such a page may be short and still have a cursor.
 */
export async function list(place: Place, filter: JobFilter, page: PageRequest): Promise<JobPage> {
  const { limit, cursor, readMax } = page
  const jobs: JobRecord[] = []
  const prefixes = await prefixesOf(place, filter)
  // Those that only their shelf was asked about count where somebody wants to know.
  let [read, looked, after] = [0, 0, cursor]
  const pageOf = (goesOn: boolean): JobPage => ({
    jobs,
    read,
    ...(after !== undefined && read > 0 && { readToMs: enqueuedAtMsOf(after) }),
    ...(goesOn && { cursor: after! }),
  })
  while (readMax === undefined ? looked < lookMax : read < readMax) {
    const most = Math.min(pageMax, Math.max(1, (readMax ?? Infinity) - read))
    const entries = await nextEntries(place, prefixes, filter.name, most, after)
    read += entries.count
    looked += entries.taken.length
    const found = await findAll(
      place,
      entries.taken.map(({ id }) => id),
    )
    for (const [i, record] of found.entries()) {
      if (record === undefined || !matches(record, filter, place.nowMs())) continue
      if (jobs.length === limit) return pageOf(true)
      jobs.push(record)
      after = entries.taken[i]!.at
    }
    after = entries.last ?? after
    if (!entries.more) return pageOf(false)
  }
  return pageOf(true)
}

async function prefixesOf(place: Place, { queue, states }: JobFilter): Promise<string[]> {
  const wanted = shelves.filter((shelf) =>
    shelf === 'live' ? (states?.some((state) => waiting.includes(state)) ?? true) : (states?.includes(shelf) ?? true),
  )
  const queues = queue === undefined ? await queueNames(place) : [queue]
  return queues.flatMap((name) => wanted.map((shelf) => place.keys.shelf(shelf, name)))
}

/** The next ones of all shelves together. `at` orders them across shelves: it begins with the place that falls with time. */
async function nextEntries(
  { ledger }: Place,
  prefixes: string[],
  name: string | undefined,
  most: number,
  after: string | undefined,
): Promise<{ taken: Entry[]; count: number; more: boolean; last: string | undefined }> {
  const pages = await Promise.all(
    prefixes.map(async (prefix) => {
      const records = await ledger.list(prefix, most, after === undefined ? undefined : prefix + after)
      return records.map(({ key, value }) => ({
        at: key.slice(prefix.length),
        id: lastOf(key),
        name: value.slice(value.indexOf('\n') + 1),
      }))
    }),
  )
  const sorted = pages.flat().toSorted((a, b) => (a.at < b.at ? -1 : 1))
  const next = sorted.slice(0, most)
  const more = sorted.length > most || pages.some((page) => page.length === most)
  const taken = name === undefined ? next : next.filter((entry) => entry.name === name)
  return { taken, count: next.length, more, last: next.at(-1)?.at }
}

function matches({ job, state, enqueuedAtMs, error }: JobRecord, filter: JobFilter, nowMs: number): boolean {
  const { queue, states, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs } = filter
  return (
    (queue === undefined || job.queue === queue) &&
    (states === undefined || states.includes(state)) &&
    (name === undefined || job.name === name) &&
    (group === undefined || job.group === group) &&
    (tag === undefined || job.tags?.includes(tag) === true) &&
    (idPrefix === undefined || job.id.startsWith(idPrefix)) &&
    (errorText === undefined || (state !== 'done' && error?.includes(errorText) === true)) &&
    (ageMsMin === undefined || enqueuedAtMs <= nowMs - ageMsMin) &&
    (fromMs === undefined || enqueuedAtMs >= fromMs) &&
    (toMs === undefined || enqueuedAtMs < toMs)
  )
}

/** The next ready jobs, as the broker hands them out: first in first out, or by priority. */
export async function peek(place: Place, queue: string, limit: number): Promise<JobRecord[]> {
  const ready: JobRecord[] = []
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page: JobPage = await list(
      place,
      { queue, states: ['ready'] },
      { limit: 1_000, ...(cursor !== undefined && { cursor }) },
    )
    ready.push(...page.jobs)
    if (ready.length > peekMax) throw tooMany(place, queue)
    cursor = page.cursor
  }
  const byPriority = place.broker.traits.order === 'priority'
  return ready
    .toReversed()
    .toSorted((a, b) => (byPriority ? b.job.priority - a.job.priority : 0))
    .slice(0, limit)
}

function tooMany({ broker }: Place, queue: string): FiberWorkError {
  return new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `The queue "${queue}" has more than ${peekMax} ready jobs: which come next only the ${broker.name} broker knows, and it does not tell (facet \`inspector\`). \`list\` shows the newest ones.`,
  )
}
