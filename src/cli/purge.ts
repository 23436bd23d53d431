import type { Command } from 'commander'
import { plain } from '../base/text.ts'
import type { QueueDepth } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { JobState } from '../contract/job.ts'
import { confirm } from './confirm.ts'
import { withStore } from './context.ts'
import { statesOf } from './filters.ts'
import { addOutputFlags, addSettings, collect, type Given } from './flags.ts'
import { showProgress } from './progress.ts'
import { showCount } from './time.ts'

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
  addOutputFlags(addSettings(command, ['url', 'ledger']))
  command.action((queue: string, given: PurgeFlags) => purge(queue, given))
}

function purge(queue: string, given: PurgeFlags): Promise<void> {
  if (given.state === undefined) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      'Say what is to be forgotten: --state dead, for example; several times for several states.',
    )
  }
  const states = [...new Set(statesOf(given.state))]
  if (states.includes('running'))
    throw new FiberWorkError('FW_CONFIG_INVALID', '--state is "running", and what runs cannot be purged; cancel it.')
  return withStore(given, {}, async ({ client, output }) => {
    const [depth] = await client.depth([queue])
    const count = countOf(depth!, states)
    const what = `${showCount(count)} ${states.join(', ')} jobs of "${plain(queue)}"`
    if (given.yes !== true && !(await confirm(`Forget ${what} at ${client.url} for good?`))) {
      return output.answer({ queue, states, removed: 0, asked: 'no' }, 'Nothing was removed.')
    }
    const progress = showProgress(output, 'removed', count)
    const removed = await client.purge(queue, states, (done) => progress.set(done))
    progress.end()
    output.answer({ queue, states, removed }, `${showCount(removed)} removed.`)
  })
}

function countOf(depth: QueueDepth, states: readonly JobState[]): number {
  return states.reduce((sum, state) => sum + depth[state], 0)
}
