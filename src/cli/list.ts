import type { Command } from 'commander'
import { withStore } from './context.ts'
import { addFilters, filterOf, type FilterFlags, limitOf } from './filters.ts'
import { addOutputFlags, addSettings } from './flags.ts'
import { recordColumns, recordView } from './record.ts'
import { table } from './table.ts'

interface ListFlags extends FilterFlags {
  limit?: string
  cursor?: string
}

/** `fiber-work list`: jobs, newest first. */
export function register(command: Command): void {
  addOutputFlags(addSettings(addFilters(command), ['url', 'ledger']))
  command.option('--limit <N>', 'at most this many (50)').option('--cursor <TEXT>', 'go on where an earlier list ended')
  command.action((given: ListFlags) =>
    withStore(given, {}, async ({ client, output }) => {
      const limit = limitOf(given.limit, 50, 1_000)
      const page = await client.list(filterOf(given), {
        limit,
        ...(given.cursor !== undefined && { cursor: given.cursor }),
      })
      const data = {
        jobs: page.jobs.map((record) => recordView(record, client.content(record))),
        cursor: page.cursor ?? null,
      }
      output.answer(data, () => (page.jobs.length === 0 ? 'No such jobs.' : table(page.jobs, recordColumns)))
      if (page.cursor !== undefined && !output.json) output.note(`There are more: --cursor ${page.cursor}`, 'dim')
    }),
  )
}
