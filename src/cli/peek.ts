import type { Command } from 'commander'
import { withStore } from './context.ts'
import { limitOf } from './filters.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'
import { recordColumns, recordView } from './record.ts'
import { table } from './table.ts'

interface PeekFlags extends Given {
  limit?: string
}

/** `fiber-work peek [QUEUE]`: the next jobs, in the order in which they would be taken. */
export function register(command: Command): void {
  addOutputFlags(addSettings(command.argument('[QUEUE]', 'the queue', 'default'), ['url', 'ledger']))
  command.option('--limit <N>', 'at most this many (10)')
  command.action((queue: string, given: PeekFlags) =>
    withStore(given, {}, async ({ client, output }) => {
      const jobs = await client.peek(queue, limitOf(given.limit, 10, 1_000))
      output.answer({ queue, jobs: jobs.map((record) => recordView(record, client.content(record))) }, () =>
        jobs.length === 0 ? 'Nothing is ready.' : table(jobs, recordColumns),
      )
    }),
  )
}
