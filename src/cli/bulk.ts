import type { Command } from 'commander'
import type { BulkTaskView } from '../api/operations/bulk.ts'
import { plain } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { followBulk, outcomesText } from './bulk-run.ts'
import { confirm } from './confirm.ts'
import { addFilters, filterOf, type FilterFlags, rateOf } from './filters.ts'
import { addPlace, verbOf } from './flags.ts'
import type { Format } from './output.ts'
import { recordColumns } from './record.ts'
import { type Column, list, table } from './table.ts'
import { showCount, showIso } from './time.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface BulkFlags extends FilterFlags {
  rate?: string
  yes?: boolean
  preview?: boolean
  detach?: boolean
}

const verbs = ['retry', 'cancel', 'remove', 'list', 'status'] as const

/** `fiber-work bulk VERB`: actions on all jobs that filters mean, in the background of an API or here. */
export function register(command: Command): void {
  addPlace(
    addFilters(command.argument('[VERB]', `${verbs.join(', ')} (list)`).argument('[ID]', 'status, cancel: the action')),
  )
    .option('--rate <N>', 'this many jobs a second, at most')
    .option('--preview', 'only say how many jobs it would be about, and show a few')
    .option('--yes', 'do not ask')
    .option('--detach', 'with --api: do not wait for the end')
    .action((verb: string | undefined, id: string | undefined, given: BulkFlags) => bulk(verb, id, given))
}

function bulk(text: string | undefined, id: string | undefined, given: BulkFlags): Promise<void> {
  const verb = verbOf('bulk', text ?? 'list', verbs)
  const filter = filterOf(given)
  const filtered = Object.keys(filter).length > 0
  const rate = rateOf(given.rate)
  if (id !== undefined && (filtered || !['status', 'cancel'].includes(verb)))
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `bulk ${verb} takes ${filtered ? 'an id or filters, not both' : 'no id'}.`,
    )
  const asked = given.preview === true && given.json === true ? ({ definitions: 'masked' } as const) : {}
  return withApi(given, asked, async (context) => {
    const { api, output } = context
    if (verb === 'list') return showAll(context)
    if (verb === 'status' || id !== undefined) {
      if (id === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', 'Say which action: its id.')
      const task = verb === 'status' ? await api.bulk.get(id) : await api.bulk.cancel(id)
      return output.answer(task, () => taskText(task))
    }
    if (!filtered) throw new FiberWorkError('FW_CONFIG_INVALID', `Say which jobs to ${verb}: --queue, --state, ….`)
    if (verb === 'remove' && filter.states === undefined)
      throw new FiberWorkError('FW_CONFIG_INVALID', 'Say what is to be removed: --state dead, for example.')
    if (given.preview === true) return preview(context, verb, filter)
    if (given.yes !== true && !(await isMeant(context, verb, filter)))
      return output.answer({ acted: 0, asked: 'no' }, 'Nothing was done.')
    const started = await api.bulk.start(verb, filter, rate)
    if (given.detach === true && context.remote) return output.answer(started, () => `started ${plain(started.id)}`)
    const task = await followBulk(context, started)
    output.answer(task, () => outcomesText(task.outcomes) || 'No such jobs.')
  })
}

type Action = BulkTaskView['action']

async function isMeant(
  { api, place }: ApiContext,
  verb: Action,
  filter: ReturnType<typeof filterOf>,
): Promise<boolean> {
  const { count, exact } = await api.bulk.preview(verb, filter)
  const capital = verb.charAt(0).toUpperCase() + verb.slice(1)
  return confirm(`${capital} ${showCount(count)}${exact ? '' : ' or more'} jobs at ${place}?`)
}

async function preview({ api, output }: ApiContext, verb: Action, filter: ReturnType<typeof filterOf>): Promise<void> {
  const found = await api.bulk.preview(verb, filter)
  output.answer(found, () => {
    const head = `${showCount(found.count)} jobs${found.exact ? '' : `, or more: looked back to ${showIso(found.readTo)}`}`
    return found.sample.length === 0 ? head : `${head}; the newest:\n\n${table(found.sample, recordColumns)}`
  })
}

async function showAll({ api, output }: ApiContext): Promise<void> {
  const tasks = await api.bulk.list()
  output.answer({ tasks }, () => (tasks.length === 0 ? 'No actions in the last seven days.' : table(tasks, columns)))
}

const colours: { [state in BulkTaskView['state']]?: Format } = { running: 'cyan', failed: 'red', interrupted: 'red' }

const columns: Column<BulkTaskView>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'ACTION', cell: ({ action }) => action },
  { title: 'STATE', cell: ({ state }) => state, colour: ({ state }) => colours[state] },
  { title: 'DONE', cell: ({ acted }) => showCount(acted), align: 'right' },
  { title: 'OF', cell: ({ expected }) => (expected === undefined ? '' : showCount(expected)), align: 'right' },
  { title: 'BY', cell: ({ by }) => by },
  { title: 'STARTED', cell: ({ startedAt }) => showIso(startedAt) },
  { title: 'JOBS', cell: ({ filter }) => JSON.stringify(filter), stretch: true },
]

function taskText(task: BulkTaskView): string {
  const { expected, ratePerSecond, error } = task
  return list([
    ['id', task.id],
    ['action', task.action],
    ['jobs', JSON.stringify(task.filter)],
    ['state', task.state],
    ['done', `${showCount(task.acted)}${expected === undefined ? '' : ` of ${showCount(expected)}`}`],
    ['outcomes', outcomesText(task.outcomes)],
    ['rate', ratePerSecond === undefined ? undefined : `${ratePerSecond} a second`],
    ['by', task.by],
    ['started', showIso(task.startedAt)],
    ['ended', showIso(task.endedAt)],
    ['error', error === undefined ? undefined : `${error.code}: ${error.detail}`],
  ])
}
