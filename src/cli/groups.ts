import type { Command } from 'commander'
import type { GroupView } from '../api/schemas/queue.ts'
import { limitOf } from './filters.ts'
import { addPlace, type Given } from './flags.ts'
import { leftText } from './limit-text.ts'
import { type Column, table } from './table.ts'
import { showCount, showWait } from './time.ts'
import { withApi } from './with-api.ts'

interface GroupsFlags extends Given {
  limit?: string
}

/** `fiber-work groups QUEUE`: whose jobs wait in a queue, and what holds them. */
export function register(command: Command): void {
  addPlace(command.argument('<QUEUE>', 'the queue'))
    .option('--limit <N>', 'at most this many, the fullest first (50)')
    .action((queue: string, given: GroupsFlags) => {
      const limit = limitOf(given.limit, 50, 500)
      return withApi(given, {}, async ({ api, output }) => {
        const groups = await api.queues.groups(queue, limit)
        output.answer({ queue, groups }, () =>
          groups.length === 0 ? 'No group has jobs that wait or run.' : table(groups, columns),
        )
      })
    })
}

const columns: Column<GroupView>[] = [
  { title: 'GROUP', cell: ({ group }) => group ?? '(none)' },
  { title: 'READY', cell: ({ ready }) => showCount(ready), align: 'right' },
  { title: 'RUNNING', cell: ({ running }) => showCount(running), align: 'right' },
  { title: 'HELD BY', cell: ({ held }) => held, colour: ({ held }) => (held === undefined ? undefined : 'yellow') },
  { title: 'LEFT', cell: ({ left }) => leftText(left) },
  { title: 'NEXT IN', cell: ({ nextInMs }) => showWait(nextInMs), align: 'right' },
]
