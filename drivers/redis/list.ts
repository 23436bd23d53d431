import { placeIn } from '../../src/base/cursor.ts'
import type { JobFilter, JobPage, PageRequest } from '../../src/contract/index.ts'
import { wire, wireGroup } from './codec.ts'
import { gather, shelvesOf } from './gather.ts'
import type { Link } from './link.ts'
import { type Look, placeOfLook, recordOfLook } from './looks.ts'
import { loadScript } from './script.ts'

const scripts = { list: loadScript('list'), find: loadScript('find') }

/** Jobs that one script looks at. */
const sliceMost = 1_000
/** A search that nobody bounds looks at two millions, then answers what it has, and a cursor. */
const readMost = 2_000_000
/** So few are gathered from where they stand before anything is searched; more only where a slice of the journal did not fill the page. */
const fewMost = 2_000
const gatheredMost = 150_000

/** A page as the store tells it. */
export interface LooksPage {
  looks: Look[]
  cursor?: string
  read: number
  readToMs?: number
}

/** A page of jobs, newest first. A cursor is the place in the journal of the last one shown, or looked at. */
export async function listJobs(link: Link, filter: JobFilter, page: PageRequest): Promise<JobPage> {
  const { looks, ...rest } = await listLooks(link, filter, page)
  return { jobs: looks.map(recordOfLook), ...rest }
}

/** The same, as the store tells it. */
export async function listLooks(link: Link, filter: JobFilter, page: PageRequest): Promise<LooksPage> {
  const { queue, states, ...rest } = filter
  if (page.cursor !== undefined) placeIn(page.cursor)
  if (queue === undefined && states === undefined) return searched(link, filter, page)
  const shelves = await shelvesOf(link, filter)
  if (shelves === undefined) return searched(link, filter, page)
  const count = shelves.reduce((sum, shelf) => sum + shelf.count, 0)
  // What is known by where it stands need not be searched for.
  const isPlaced = Object.keys(rest).length === 0
  const readMax = page.readMax ?? readMost
  const gathers = count <= gatheredMost && (isPlaced || count <= readMax)
  if (!gathers) return searched(link, filter, page)
  if (count > fewMost) {
    const quick = await searched(link, filter, { ...page, readMax: Math.min(readMax, sliceMost) })
    if (quick.cursor === undefined || quick.looks.length === page.limit) return quick
  }
  const { standing, read, readToMs } = await gather(link, shelves, wired(filter), page.cursor ?? '', page.limit + 1)
  const shown = standing.slice(0, page.limit)
  const looks = await looksAt(
    link,
    shown.map(({ id }) => id),
  )
  const places = new Set(shown.map(({ place }) => String(place)))
  const last = shown.at(-1)
  const toMs = standing.length > page.limit || isPlaced ? last?.enqueuedAtMs : readToMs
  return {
    // Who has gone elsewhere since is no longer what was asked for.
    looks: looks.filter((look) => places.has(placeOfLook(look)) && isMeant(look, filter)),
    read: isPlaced ? shown.length : read,
    ...(toMs !== undefined && { readToMs: toMs }),
    ...(standing.length > page.limit && { cursor: String(last!.place) }),
  }
}

type ListReply = [next: string, read: number, readTo: string, ...looks: Look[]]

/** From the newest job on, by the journal. */
async function searched(
  link: Link,
  filter: JobFilter,
  { limit, cursor = '', readMax = readMost }: PageRequest,
): Promise<LooksPage> {
  const text = wired(filter)
  const found: Look[] = []
  let [before, read, readToMs]: [string, number, number | undefined] = [cursor, 0, undefined]
  while (read < readMax && found.length <= limit) {
    // One more than is shown, to know whether this page is the last.
    const args = [before, limit + 1 - found.length, text, Math.min(sliceMost, Math.ceil(readMax - read))]
    const [next, looked, readTo, ...looks] = (await link.run(scripts.list, args)) as ListReply
    found.push(...looks.filter((look) => isMeant(look, filter)))
    read += looked
    if (readTo !== '') readToMs = Number(readTo)
    before = next
    if (before === '') break
  }
  const looks = found.slice(0, limit)
  if (found.length > limit) {
    const last = looks.at(-1)!
    return { looks, read, readToMs: recordOfLook(last).enqueuedAtMs, cursor: placeOfLook(last) }
  }
  return { looks, read, ...(readToMs !== undefined && { readToMs }), ...(before !== '' && { cursor: before }) }
}

async function looksAt(link: Link, ids: string[]): Promise<Look[]> {
  const looks: Look[] = []
  for (let at = 0; at < ids.length; at += 250) {
    looks.push(...((await link.run(scripts.find, ids.slice(at, at + 250))) as Look[]))
  }
  return looks
}

/** As `scripts/lib/filter.lua` wants it. */
function wired({ queue, states, name, group, tag, idPrefix, errorText, ageMsMin, fromMs, toMs }: JobFilter): string {
  const texts = [queue, name, tag].flatMap((text) => (text === undefined ? [] : [wire(text)]))
  if (group !== undefined) texts.push(wireGroup(group))
  return JSON.stringify({
    needles: texts.map((text) => JSON.stringify(text)),
    ...(queue !== undefined && { queue: wire(queue) }),
    ...(states !== undefined && { states: Object.fromEntries(states.map((state) => [state, true])) }),
    ...(name !== undefined && { name: wire(name) }),
    ...(group !== undefined && { group: wireGroup(group) }),
    ...(tag !== undefined && { tag: wire(tag) }),
    ...(idPrefix !== undefined && { idPrefix: idPrefix.isWellFormed() ? idPrefix : '\u0001' }),
    ...(errorText !== undefined && errorText !== '' && { errorText: errorText.isWellFormed() ? errorText : '\u0001' }),
    ...(ageMsMin !== undefined && { ageMsMin }),
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
  })
}

/** What stands in Redis as JSON passes there. */
function isMeant(look: Look, { states, idPrefix = '', errorText = '' }: JobFilter): boolean {
  const { job, state, error = '' } = recordOfLook(look)
  return (states?.includes(state) ?? true) && job.id.startsWith(idPrefix) && error.includes(errorText)
}
