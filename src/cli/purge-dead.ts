import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { systemEnv } from '../base/env.ts'
import { addPlace, addRange, durationFlag, type Given, type RangeFlags, rangeOf } from './flags.ts'
import { removeAll, removedText } from './removing.ts'
import { withApi } from './with-api.ts'

interface PurgeDeadFlags extends Given, RangeFlags {
  all?: boolean
  older?: string
  name?: string
  group?: string
  error?: string
  yes?: boolean
}

/** `fiber-work purge-dead QUEUE`: forget dead letters for good: dead jobs, and quarantined ones. Asks, or `--yes`. */
export function register(command: Command): void {
  const place = addPlace(command.argument('[QUEUE]', 'the queue'))
    .option('--all', 'of all queues')
    .option('--older <TIME>', 'enqueued at least this long ago (7d)')
  addRange(place, 'enqueued')
    .option('--name <NAME>', 'of this job name')
    .option('--group <KEY>', 'of this group')
    .option('--error <TEXT>', 'whose error contains this')
    .option('--yes', 'do not ask')
    .action((queue: string | undefined, given: PurgeDeadFlags) => purgeDead(queue, given))
}

function purgeDead(queue: string | undefined, given: PurgeDeadFlags): Promise<void> {
  const { all = false, older, name, group, error, yes = false } = given
  if ((queue === undefined) !== all)
    throw new FiberWorkError('FW_CONFIG_INVALID', 'Say of which queue the dead letters are: its name, or --all.')
  const filter = {
    states: ['dead' as const, 'quarantined' as const],
    ...(queue !== undefined && { queue }),
    ...(older !== undefined && { olderThanMs: durationFlag('--older', older) }),
    ...rangeOf(given, systemEnv.nowMs()),
    ...(name !== undefined && { name }),
    ...(group !== undefined && { group }),
    ...(error !== undefined && { error }),
  }
  return withApi(given, {}, async (context) => {
    const what = `dead letters of ${queue === undefined ? 'all queues' : `"${plain(queue)}"`}`
    const removed = await removeAll(context, filter, what, yes)
    context.output.answer({ queue: queue ?? null, ...removed }, removedText(removed))
  })
}
