import { FiberWorkError } from '../../src/contract/index.ts'
import type { JobFilter, JobPage, JobRecord, JobState, PageRequest } from '../../src/contract/index.ts'
import { wire } from '../redis-common/wire.ts'
import type { Link } from './link.ts'
import { type Look, recordOfLook } from './looks.ts'
import { loadScript } from './script.ts'

const script = loadScript('page')

/** Where jobs of these states lie, in the order in which they are listed. A delayed job whose time has come is ready. */
const places: readonly [place: string, states: readonly JobState[]][] = [
  ['ready', ['ready']],
  ['running', ['running']],
  ['d', ['delayed', 'ready']],
  ['x', ['dead']],
  ['c', ['cancelled']],
  ['z', ['quarantined']],
  ['e', ['done']],
]

/** Jobs that one script looks at, places that it goes through, and jobs that one call looks at where nobody says how many. */
const pieceMax = 200
const placesMax = 100
const lookedMax = 10_000

/** Which queue comes next, which place in it, and the position there behind which the next page begins. */
type Cursor = [queue: string, place: string, position: string]

type Reply = [looks: Look[], marks: [number: number, position: string][], now: string]

/** Queue by queue, place by place, newest first in each. */
export async function listJobs(
  link: Link,
  queues: readonly string[],
  filter: JobFilter,
  { limit, cursor, readMax = lookedMax }: PageRequest,
): Promise<JobPage> {
  const found: Found[] = []
  const after = cursor === undefined ? undefined : cursorIn(cursor)
  let left = placesOf(queues, filter).filter((place) => after === undefined || !isBefore(place, after))
  let position = after !== undefined && left[0]?.[0] === after[0] && left[0][1] === after[1] ? after[2] : ''
  // What is known by its place is all shown.
  const { queue: _queue, states: _states, ...rest } = filter
  const pieceOf = (most: number) => Math.min(pieceMax, most, Object.keys(rest).length === 0 ? limit + 1 : pieceMax)
  let [read, readToMs]: [number, number | undefined] = [0, undefined]
  const page = (at?: Cursor) => pageOf(found, read, readToMs, at)
  while (left.length > 0) {
    const some = left.slice(0, placesMax)
    const asked = some.flatMap(([queue, place]) => [wire(queue), place])
    const count = pieceOf(Math.max(1, readMax - read))
    const [looks, marks, now] = (await link.run(script, [count, position, ...asked])) as Reply
    for (const [i, look] of looks.entries()) {
      const record = recordOfLook(look)
      if (fits(record, filter, Number(now))) {
        // One more than is wanted tells that there is another page.
        if (found.length === limit) return page(found.at(-1)!.at)
        const [number, at] = marks[i]!
        found.push({ record, at: [...some[number]!, at] })
      }
      read++
      readToMs = record.enqueuedAtMs
    }
    const [number, at] = looks.length < count ? [some.length, ''] : marks.at(-1)!
    left = left.slice(number)
    position = at
    if (read >= readMax && left.length > 0) return page([...left[0]!, position])
  }
  return page()
}

function placesOf(queues: readonly string[], { queue, states }: JobFilter): [queue: string, place: string][] {
  const wanted = places.filter(([, holds]) => states === undefined || holds.some((state) => states.includes(state)))
  return (queue === undefined ? queues : [queue]).flatMap((name) =>
    wanted.map(([place]): [string, string] => [name, place]),
  )
}

interface Found {
  record: JobRecord
  at: Cursor
}

function pageOf(found: readonly Found[], read: number, readToMs: number | undefined, cursor?: Cursor): JobPage {
  return {
    jobs: found.map(({ record }) => record),
    read,
    ...(readToMs !== undefined && { readToMs }),
    ...(cursor !== undefined && { cursor: JSON.stringify(cursor) }),
  }
}

function cursorIn(text: string): Cursor {
  try {
    const cursor = JSON.parse(text) as unknown
    if (Array.isArray(cursor) && cursor.length === 3 && cursor.every((part) => typeof part === 'string'))
      return cursor as Cursor
  } catch {
    // Told below.
  }
  throw new FiberWorkError('FW_CONFIG_INVALID', 'This is no cursor of a list of jobs.')
}

const rankOf = (place: string): number => places.findIndex(([name]) => name === place)

/** Queues are listed in the order of their names. */
function isBefore([queue, place]: readonly [string, string], [otherQueue, otherPlace]: Cursor): boolean {
  return queue === otherQueue ? rankOf(place) < rankOf(otherPlace) : queue < otherQueue
}

function fits({ job, state, error, enqueuedAtMs }: JobRecord, filter: JobFilter, nowMs: number): boolean {
  const { states, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs } = filter
  return (
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
