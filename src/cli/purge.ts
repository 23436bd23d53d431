import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { statesOf } from './filters.ts'
import { addPlace, collect, type Given } from './flags.ts'
import { removeAll, removedText } from './removing.ts'
import { withApi } from './with-api.ts'

interface PurgeFlags extends Given {
  state?: string[]
  yes?: boolean
}

/** `fiber-work purge QUEUE --state dead`: forget jobs for good. Asks, or `--yes`. */
export function register(command: Command): void {
  command
    .argument('<QUEUE>', 'the queue')
    .option(
      '--state <STATE>',
      'jobs in this state: ready, delayed, blocked, done, dead, cancelled, quarantined; several times',
      collect,
    )
    .option('--yes', 'do not ask')
  addPlace(command)
  command.action((queue: string, given: PurgeFlags) => purge(queue, given))
}

function purge(queue: string, given: PurgeFlags): Promise<void> {
  if (given.state === undefined) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'Say what is to be forgotten: --state dead, for example; several times for several states.',
    )
  }
  const states = statesOf(given.state)
  if (states.includes('running'))
    throw new FiberWorkError('FW_CONFIG_INVALID', '--state is "running", and what runs cannot be purged; cancel it.')
  return withApi(given, {}, async (context) => {
    const what = `${states.join(', ')} jobs of "${plain(queue)}"`
    const removed = await removeAll(context, { queue, states }, what, given.yes === true)
    context.output.answer({ queue, states, ...removed }, removedText(removed))
  })
}
