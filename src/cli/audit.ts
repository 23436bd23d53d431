import type { Command } from 'commander'
import type { ApiClient } from '../api/client/client.ts'
import { auditOutcomes } from '../api/audit-filter.ts'
import type { AuditPageView, AuditQuery, AuditView } from '../api/operations/access.ts'
import { systemEnv } from '../base/env.ts'
import { limitOf } from './filters.ts'
import { addPlace, addRange, type Given, type RangeFlags, rangeOf, wordFlag } from './flags.ts'
import { type Column, table } from './table.ts'
import { showCount, showIso } from './time.ts'
import { withApi } from './with-api.ts'

interface AuditFlags extends Given, RangeFlags {
  actor?: string
  operation?: string
  queue?: string
  outcome?: string
  text?: string
  limit?: string
  cursor?: string
}

/** `fiber-work audit`: who did what, newest first. */
export function register(command: Command): void {
  addPlace(command)
    .option('--actor <NAME>', 'by this one: the name of a token, `local`, ada@host')
    .option('--operation <ID>', 'this operation: pauseGroup, startBulk, login')
    .option('--queue <NAME>', 'on this queue')
    .option('--outcome <WORD>', auditOutcomes.join(' or '))
    .option('--text <WORDS>', 'that contain these words, anywhere')
  addRange(command, 'done')
    .option('--limit <N>', 'at most this many (50)')
    .option('--cursor <TEXT>', 'go on where an earlier one ended')
    .action((given: AuditFlags) => {
      const limit = limitOf(given.limit, 50, 500)
      const query = queryOf(given)
      return withApi(given, {}, async ({ api, output }) => {
        const { entries, ...found } = await search(api, query, limit, given.cursor)
        const none = Object.keys(query).length === 0 ? 'Nobody did anything yet.' : 'No such entries.'
        output.answer({ entries, ...found }, () => (entries.length === 0 ? none : table(entries, columns)))
        if (found.cursor === null || output.json) return
        output.note(`There are more (read ${showCount(found.read)}): --cursor ${found.cursor}`, 'dim')
      })
    })
}

function queryOf({ actor, operation, queue, outcome, text, from, to }: AuditFlags): AuditQuery {
  return {
    ...(actor !== undefined && { actor }),
    ...(operation !== undefined && { operation }),
    ...(queue !== undefined && { queue }),
    ...(outcome !== undefined && { outcome: wordFlag('--outcome', outcome, auditOutcomes) }),
    ...(text !== undefined && { text }),
    ...rangeOf({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, systemEnv.nowMs()),
  }
}

/** Page by page, until there are enough or no more: a filter may leave out all of a page. */
async function search(api: ApiClient, query: AuditQuery, limit: number, from?: string): Promise<AuditPageView> {
  const found: AuditPageView = { entries: [], cursor: from ?? null, read: 0 }
  do {
    const page = await api.access.audit({
      ...query,
      limit: limit - found.entries.length,
      ...(found.cursor !== null && { cursor: found.cursor }),
    })
    found.entries.push(...page.entries)
    found.cursor = page.cursor
    found.read += page.read
    if (page.readTo !== undefined) found.readTo = page.readTo
  } while (found.cursor !== null && found.entries.length < limit)
  return found
}

const columns: Column<AuditView>[] = [
  { title: 'WHEN', cell: ({ at }) => showIso(at) },
  { title: 'WHO', cell: ({ actor, from }) => (from === undefined ? actor : `${actor} (${from})`) },
  { title: 'DID', cell: ({ operation }) => operation },
  { title: 'FAILED', cell: ({ failed }) => failed, colour: () => 'red' },
  { title: 'WHAT', cell: ({ details }) => JSON.stringify(details), stretch: true },
]
