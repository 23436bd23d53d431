import type { Command } from 'commander'
import { nearest } from '../base/nearest.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { withStore } from './context.ts'
import { addOutputFlags, addSettings, type Given } from './flags.ts'

interface PauseFlags extends Given {
  all?: boolean
}

/** `pause` and `resume` differ in one word. */
export function registerPausing(command: Command, verb: 'pause' | 'resume'): void {
  command.argument('[QUEUE...]', 'the queues').option('--all', 'all queues')
  addOutputFlags(addSettings(command, ['url', 'ledger']))
  command.action((names: string[], given: PauseFlags) =>
    withStore(given, {}, async ({ client, output }) => {
      if (names.length > 0 === (given.all === true))
        throw new FiberWorkError('FW_CONFIG_INVALID', `Say which queues to ${verb}: their names, or --all.`)
      const known = await client.queues()
      const queues = given.all === true ? known : names
      // A queue may be paused before its first job comes; more likely its name is mistyped.
      for (const queue of queues.filter((name) => !known.includes(name))) {
        const near = nearest(queue, known)
        output.warn(`nothing is known of a queue "${queue}"${near === undefined ? '' : `; did you mean "${near}"?`}`)
      }
      await client[verb](...queues)
      output.answer(
        { [verb === 'pause' ? 'paused' : 'resumed']: queues },
        queues.map((queue) => `${verb}d ${plain(queue)}`).join('\n') || 'There are no queues.',
      )
    }),
  )
}
