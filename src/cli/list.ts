import type { Command } from 'commander'
import type { ApiClient } from '../api/client/client.ts'
import { plain } from '../base/text.ts'
import type { JobView } from '../api/schemas/job.ts'
import { addFilters, filterOf, type FilterFlags, limitOf } from './filters.ts'
import { addPlace } from './flags.ts'
import { recordColumns } from './record.ts'
import { type Reading, readingText, showReading } from './reading.ts'
import { table } from './table.ts'
import { showCount } from './time.ts'
import { withApi } from './with-api.ts'

interface ListFlags extends FilterFlags {
  limit?: string
  cursor?: string
  all?: boolean
}

const pageMax = 500
/** What is held in memory at most; more is what `export` is for. */
const allMax = 100_000
const brokenShown = 20

/** `fiber-work list`: jobs, newest first. */
export function register(command: Command): void {
  addPlace(addFilters(command), ['jobs'])
  command
    .option('--limit <N>', 'at most this many (50)')
    .option('--cursor <TEXT>', 'go on where an earlier list ended')
    .option('--all', `all of them, up to ${showCount(allMax)}`)
    .action((given: ListFlags) => list(given))
}

function list(given: ListFlags): Promise<void> {
  const limit = limitOf(given.limit, given.all === true ? allMax : 50, allMax)
  const filter = filterOf(given)
  return withApi(given, given.json === true ? { definitions: 'masked' } : {}, async ({ api, output }) => {
    const progress = showReading(output)
    const { jobs, ...found } = await search(api, filter, limit, given.cursor, (reading) => progress.set(reading))
    progress.end()
    output.answer({ jobs, ...found }, () => (jobs.length === 0 ? 'No such jobs.' : table(jobs, recordColumns)))
    if (output.json) return
    if (found.broken !== undefined) {
      const more = found.broken.length > brokenShown ? ', …' : ''
      output.warn(
        `The records of these cannot be read, something else has written to the store: ${found.broken.slice(0, brokenShown).map(plain).join(', ')}${more}`,
      )
    }
    if (found.cursor === null) return
    output.note(`There are more (${readingText(found)}): --cursor ${found.cursor}`, 'dim')
  })
}

interface Found extends Reading {
  jobs: JobView[]
  cursor: string | null
  /** Of jobs whose records cannot be read. */
  broken?: string[]
}

/** Page by page, until there are enough or no more. A search that no index helps with may read many jobs for few. */
async function search(
  api: ApiClient,
  filter: ReturnType<typeof filterOf>,
  limit: number,
  from: string | undefined,
  told: (reading: Reading) => void,
): Promise<Found> {
  const found: Found = { jobs: [], cursor: from ?? null, read: 0 }
  do {
    const page = await api.jobs.list(filter, {
      limit: Math.min(pageMax, limit - found.jobs.length),
      ...(found.cursor !== null && { cursor: found.cursor }),
    })
    found.jobs.push(...page.jobs)
    if (page.broken !== undefined) found.broken = [...(found.broken ?? []), ...page.broken]
    found.cursor = page.cursor
    found.read += page.read ?? page.jobs.length
    const readTo = page.readTo ?? page.jobs.at(-1)?.enqueuedAt
    if (readTo !== undefined) found.readTo = readTo
    told(found)
  } while (found.cursor !== null && found.jobs.length < limit)
  return found
}
