import type { Command } from 'commander'
import type { AuditView } from '../api/operations/access.ts'
import { limitOf } from './filters.ts'
import { addPlace, type Given } from './flags.ts'
import { type Column, table } from './table.ts'
import { showIso } from './time.ts'
import { withApi } from './with-api.ts'

interface AuditFlags extends Given {
  limit?: string
  cursor?: string
}

/** `fiber-work audit`: who did what, newest first. */
export function register(command: Command): void {
  addPlace(command)
    .option('--limit <N>', 'at most this many (50)')
    .option('--cursor <TEXT>', 'go on where an earlier one ended')
    .action((given: AuditFlags) => {
      const limit = limitOf(given.limit, 50, 500)
      return withApi(given, {}, async ({ api, output }) => {
        const { cursor: from } = given
        const { entries, cursor } = await api.access.audit({ limit, ...(from !== undefined && { cursor: from }) })
        output.answer({ entries, cursor }, () =>
          entries.length === 0 ? 'Nobody did anything yet.' : table(entries, columns),
        )
        if (cursor !== null && !output.json) output.note(`There are more: --cursor ${cursor}`, 'dim')
      })
    })
}

const columns: Column<AuditView>[] = [
  { title: 'WHEN', cell: ({ at }) => showIso(at) },
  { title: 'WHO', cell: ({ actor, from }) => (from === undefined ? actor : `${actor} (${from})`) },
  { title: 'DID', cell: ({ operation }) => operation },
  { title: 'FAILED', cell: ({ failed }) => failed, colour: () => 'red' },
  { title: 'WHAT', cell: ({ details }) => JSON.stringify(details), stretch: true },
]
