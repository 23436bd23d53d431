import type { Command } from 'commander'
import { limitOf } from './filters.ts'
import { addPlace, type Given } from './flags.ts'
import { recordColumns } from './record.ts'
import { table } from './table.ts'
import { withApi } from './with-api.ts'

interface PeekFlags extends Given {
  limit?: string
}

/** `fiber-work peek [QUEUE]`: the next jobs, in the order in which they would be taken. */
export function register(command: Command): void {
  addPlace(command.argument('[QUEUE]', 'the queue', 'default'), ['jobs'])
    .option('--limit <N>', 'at most this many (10)')
    .action((queue: string, given: PeekFlags) => {
      const limit = limitOf(given.limit, 10, 100)
      return withApi(given, given.json === true ? { definitions: 'masked' } : {}, async ({ api, output }) => {
        const jobs = await api.queues.next(queue, limit)
        output.answer({ queue, jobs }, () => (jobs.length === 0 ? 'Nothing is ready.' : table(jobs, recordColumns)))
      })
    })
}
