import type { JobFilter, JobPage } from '../../src/contract/index.ts'
import { wire, wireGroup } from './codec.ts'
import type { Link } from './link.ts'
import { type Look, placeOfLook, recordOfLook } from './looks.ts'
import { loadScript } from './script.ts'

const script = loadScript('list')

/** A search looks at about 1,000 jobs a call: after two millions it answers what it has, and a cursor. */
const callsMax = 2_000

/** A page of jobs, newest first. A cursor is the place in the journal of the last one shown. */
export async function listJobs(
  link: Link,
  filter: JobFilter,
  page: { limit: number; cursor?: string },
): Promise<JobPage> {
  const { looks, cursor } = await listLooks(link, filter, page)
  const jobs = looks.map(recordOfLook)
  return cursor === undefined ? { jobs } : { jobs, cursor }
}

/** The same, as the store tells it. */
export async function listLooks(
  link: Link,
  filter: JobFilter,
  { limit, cursor = '' }: { limit: number; cursor?: string },
): Promise<{ looks: Look[]; cursor?: string }> {
  const text = JSON.stringify(wired(filter))
  const found: Look[] = []
  let before = cursor
  for (let call = 0; call < callsMax; call++) {
    // One more than is shown, to know whether this page is the last.
    const [next, ...looks] = (await link.run(script, [before, limit + 1 - found.length, text])) as [string, ...Look[]]
    found.push(...looks.filter((look) => isMeant(look, filter)))
    if (found.length > limit) break
    before = next
    if (before === '') return { looks: found }
  }
  const looks = found.slice(0, limit)
  return { looks, cursor: found.length > limit ? placeOfLook(looks.at(-1)!) : before }
}

/** As `scripts/lib/filter.lua` wants it. */
function wired({ queue, states, name, group, tag, idPrefix, errorText, ageMsMin }: JobFilter) {
  const texts = [queue, name, tag].flatMap((text) => (text === undefined ? [] : [wire(text)]))
  if (group !== undefined) texts.push(wireGroup(group))
  return {
    needles: texts.map((text) => JSON.stringify(text)),
    ...(queue !== undefined && { queue: wire(queue) }),
    ...(states !== undefined && { states: Object.fromEntries(states.map((state) => [state, true])) }),
    ...(name !== undefined && { name: wire(name) }),
    ...(group !== undefined && { group: wireGroup(group) }),
    ...(tag !== undefined && { tag: wire(tag) }),
    ...(idPrefix !== undefined && { idPrefix: idPrefix.isWellFormed() ? idPrefix : '\u0001' }),
    ...(errorText !== undefined && errorText !== '' && { errorText: errorText.isWellFormed() ? errorText : '\u0001' }),
    ...(ageMsMin !== undefined && { ageMsMin }),
  }
}

/** What stands in Redis as JSON passes there. */
function isMeant(look: Look, { idPrefix = '', errorText = '' }: JobFilter): boolean {
  const { job, error = '' } = recordOfLook(look)
  return job.id.startsWith(idPrefix) && error.includes(errorText)
}
