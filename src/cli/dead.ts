import type { Command } from 'commander'
import { type DeadKind, DeadLetters } from './dead-letters.ts'
import { limitOf } from './filters.ts'
import { systemEnv } from '../base/env.ts'
import { addPlace, addRange, durationFlag, type Given, type RangeFlags, rangeOf } from './flags.ts'
import { type Reading, readingText, showReading } from './reading.ts'
import { type Column, table } from './table.ts'
import { showCount, showIso } from './time.ts'
import { withApi } from './with-api.ts'

interface DeadFlags extends Given, RangeFlags {
  name?: string
  group?: string
  error?: string
  older?: string
  limit?: string
}

const pageMax = 500

/** `fiber-work dead [QUEUE]`: what has failed for good, by kind, the newest first. */
export function register(command: Command): void {
  const place = addPlace(command.argument('[QUEUE]', 'only of this queue'))
    .option('--name <NAME>', 'of this job name')
    .option('--group <KEY>', 'of this group')
    .option('--error <TEXT>', 'whose error contains this')
    .option('--older <TIME>', 'enqueued at least this long ago (2d)')
  addRange(place, 'enqueued')
    .option('--limit <N>', 'look at the newest so many dead letters (10000)')
    .action((queue: string | undefined, given: DeadFlags) => dead(queue, given))
}

function dead(queue: string | undefined, given: DeadFlags): Promise<void> {
  const { name, group, error, older } = given
  const limit = limitOf(given.limit, 10_000, 1_000_000)
  const filter = {
    states: ['dead' as const, 'quarantined' as const],
    ...(queue !== undefined && { queue }),
    ...(name !== undefined && { name }),
    ...(group !== undefined && { group }),
    ...(error !== undefined && { error }),
    ...(older !== undefined && { olderThanMs: durationFlag('--older', older) }),
    ...rangeOf(given, systemEnv.nowMs()),
  }
  return withApi(given, {}, async ({ api, output }) => {
    const progress = showReading(output)
    const letters = new DeadLetters()
    let reading: Reading = { read: 0 }
    let cursor: string | null = null
    for await (const page of api.jobs.all(filter, { limit: Math.min(pageMax, limit) })) {
      for (const job of page.jobs.slice(0, limit - letters.count)) letters.add(job)
      reading = {
        read: reading.read + (page.read ?? page.jobs.length),
        ...(page.readTo !== undefined && { readTo: page.readTo }),
      }
      progress.set(reading)
      cursor = page.cursor
      if (letters.count >= limit) break
    }
    progress.end()
    const kinds = letters.kinds()
    output.answer({ count: letters.count, kinds, cursor, ...reading }, () => textOf(kinds, letters.count))
    if (cursor !== null && !output.json) output.note(`There are more (${readingText(reading)}): --limit`, 'dim')
  })
}

function textOf(kinds: readonly DeadKind[], count: number): string {
  if (kinds.length === 0) return 'No dead letters.'
  const letters = `${showCount(count)} dead letter${count === 1 ? '' : 's'} of ${showCount(kinds.length)} kind${kinds.length === 1 ? '' : 's'}`
  return `${letters}\n\n${table(kinds, columns)}`
}

const columns: Column<DeadKind>[] = [
  { title: 'JOBS', cell: ({ count }) => showCount(count), align: 'right', colour: () => 'red' },
  { title: 'LAST', cell: ({ newestAt }) => showIso(newestAt) },
  { title: 'QUEUE', cell: ({ queue }) => queue },
  { title: 'JOB', cell: ({ name }) => name },
  { title: 'GROUPS', cell: groupsText },
  { title: 'FOR EXAMPLE', cell: ({ example }) => example },
  { title: 'ERROR', cell: ({ error }) => error, stretch: true },
]

function groupsText({ groups }: DeadKind): string {
  const names = Object.entries(groups)
  const shown = names.slice(0, 3).map(([group, count]) => (names.length === 1 ? group : `${group} (${count})`))
  return [...shown, ...(names.length > 3 ? [`${names.length - 3} more`] : [])].join(', ')
}
