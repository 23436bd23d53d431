import type { Command } from 'commander'
import { nearest } from '../base/nearest.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, durationFlag, type Given } from './flags.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface PauseFlags extends Given {
  all?: boolean
  group?: string
  for?: string
}

type Verb = 'pause' | 'resume'

/** `pause` and `resume` differ in one word. */
export function registerPausing(command: Command, verb: Verb): void {
  command
    .argument('[QUEUE...]', 'the queues')
    .option('--all', 'all queues')
    .option('--group <KEY>', 'only this group of the queue')
  if (verb === 'pause') command.option('--for <TIME>', 'with --group: for so long, then it goes on by itself (15m)')
  addPlace(command)
  command.action((names: string[], given: PauseFlags) => {
    if (names.length > 0 === (given.all === true))
      throw new FiberWorkError('FW_CONFIG_INVALID', `Say which queues to ${verb}: their names, or --all.`)
    if (given.group !== undefined) return actOnGroup(verb, names, given.group, given)
    if (given.for !== undefined)
      throw new FiberWorkError(
        'FW_CONFIG_INVALID',
        '--for goes with --group; `fiber-work limits freeze QUEUE --for TIME` does it to a queue.',
      )
    return withApi(given, {}, (context) => actOnQueues(context, verb, names))
  })
}

async function actOnQueues(context: ApiContext, verb: Verb, names: readonly string[]): Promise<void> {
  const { api, output } = context
  const known = await warnOfUnknown(context, names)
  const queues = names.length === 0 ? known : [...names]
  for (const queue of queues) await api.queues[verb](queue)
  output.answer(
    { [`${verb}d`]: queues },
    queues.map((queue) => `${verb}d ${plain(queue)}`).join('\n') || 'There are no queues.',
  )
}

function actOnGroup(verb: Verb, names: readonly string[], group: string, given: PauseFlags): Promise<void> {
  const [queue, ...others] = names
  if (queue === undefined || others.length > 0)
    throw new FiberWorkError('FW_CONFIG_INVALID', '--group is a group of one queue: name that one.')
  const forMs = given.for === undefined ? undefined : durationFlag('--for', given.for)
  return withApi(given, {}, async (context) => {
    await warnOfUnknown(context, [queue])
    const { queues } = context.api
    if (verb === 'pause') await queues.pauseGroup(queue, group, forMs)
    else await queues.resumeGroup(queue, group)
    const data = { [`${verb}d`]: [queue], group, ...(forMs !== undefined && { forMs }) }
    context.output.answer(data, `${verb}d ${plain(group)} of ${plain(queue)}`)
  })
}

/** A queue may be paused before its first job comes; more likely its name is mistyped. Answers the known ones. */
async function warnOfUnknown({ api, output }: ApiContext, names: readonly string[]): Promise<string[]> {
  const known = (await api.queues.list()).map(({ queue }) => queue)
  for (const queue of names.filter((name) => !known.includes(name))) {
    const near = nearest(queue, known)
    output.warn(`nothing is known of a queue "${queue}"${near === undefined ? '' : `; did you mean "${near}"?`}`)
  }
  return known
}
