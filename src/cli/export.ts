import type { Command } from 'commander'
import type { JobView } from '../api/schemas/job.ts'
import { csvLine } from './csv.ts'
import { type Field, fieldsOf } from './export-fields.ts'
import { addFilters, filterOf, type FilterFlags } from './filters.ts'
import { addPlace, integerFlag, wordFlag } from './flags.ts'
import { steerless } from './output.ts'
import { readingText, showReading } from './reading.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface ExportFlags extends FilterFlags {
  format?: string
  fields?: string
  reveal?: boolean
  limit?: string
  cursor?: string
}

const formats = ['csv', 'json', 'ndjson'] as const
type Format = (typeof formats)[number]
const csvFields = 'id,name,queue,state,attempts,group,enqueuedAt,startedAt,settledAt,error,input'

/** `fiber-work export`: any number of jobs to a file, page by page, so that a million need no more memory than one page. */
export function register(command: Command): void {
  addPlace(addFilters(command), ['jobs'])
    .option('--format <FORMAT>', `${formats.join(', ')} (ndjson; json with --json)`)
    .option(
      '--fields <NAMES>',
      `only these, by commas; paths into input, result and progress too: id,error,input.user (csv: ${csvFields})`,
    )
    .option('--limit <N>', 'at most this many (all)')
    .option('--cursor <TEXT>', 'go on where an earlier one ended')
    .option('--reveal', 'secrets too (for admins; the audit log tells)')
    .action((given: ExportFlags) => exportJobs(given))
}

function exportJobs(given: ExportFlags): Promise<void> {
  const format = wordFlag('--format', given.format ?? (given.json === true ? 'json' : 'ndjson'), formats)
  const fields = fieldsOf(given.fields ?? (format === 'csv' ? csvFields : undefined))
  const limit = given.limit === undefined ? Infinity : integerFlag('--limit', given.limit, 1, 1_000_000_000)
  const filter = filterOf(given)
  return withApi(given, { definitions: 'masked' }, (context) =>
    write(context, { given, filter, format, fields, limit }),
  )
}

interface Wanted {
  given: ExportFlags
  filter: ReturnType<typeof filterOf>
  format: Format
  fields: Field[] | undefined
  limit: number
}

async function write({ api, output }: ApiContext, { given, filter, format, fields, limit }: Wanted): Promise<void> {
  const { reveal = false, cursor } = given
  const progress = showReading(output)
  const reading = { read: 0 }
  let written = 0
  // Written with the first page: what is refused at once has begun no document.
  let head = format === 'json' ? '[' : format === 'csv' ? csvLine(fields!.map(({ name }) => name)) : ''
  let goesOn = true
  const pages = api.jobs.all(filter, {
    limit: Math.min(500, limit),
    ...(reveal && { reveal }),
    ...(cursor !== undefined && { cursor }),
  })
  for await (const page of pages) {
    const jobs = page.jobs.slice(0, limit - written)
    const rows = jobs.map((job, index) => rowOf(job, fields, format, written + index === 0))
    written += jobs.length
    if (rows.length > 0) {
      goesOn = await output.piece(head + rows.join(''))
      head = ''
    }
    reading.read += page.read ?? page.jobs.length
    progress.set({ ...reading, ...(page.readTo !== undefined && { readTo: page.readTo }) })
    if (!goesOn || written >= limit) break
  }
  const tail = format === 'json' ? (written === 0 ? ']\n' : '\n]\n') : ''
  if (goesOn) await output.piece(head + tail)
  progress.end()
  if (process.stderr.isTTY) output.note(`${written} jobs written; ${readingText(reading)}`, 'dim')
}

function rowOf(job: JobView, fields: Field[] | undefined, format: Format, isFirst: boolean): string {
  if (format === 'csv') return csvLine(fields!.map(({ of }) => of(job)))
  const picked = fields === undefined ? job : Object.fromEntries(fields.map(({ name, of }) => [name, of(job) ?? null]))
  const line = steerless(JSON.stringify(picked))
  return format === 'json' ? `${isFirst ? '' : ','}\n${line}` : `${line}\n`
}
