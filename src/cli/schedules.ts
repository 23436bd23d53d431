import type { Command } from 'commander'
import { formatDuration } from '../base/duration.ts'
import { plain } from '../base/text.ts'
import type { ScheduleSettings, ScheduleView } from '../api/schemas/schedule.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { addPlace, durationFlag, type Given, integerFlag, verbOf } from './flags.ts'
import { parseInput } from './input.ts'
import { type Column, table } from './table.ts'
import { showIso } from './time.ts'
import { type ApiContext, withApi } from './with-api.ts'

interface ScheduleFlags extends Given {
  cron?: string
  every?: string
  timeZone?: string
  dst?: string
  missed?: string
  overlap?: string
  queue?: string
  unchecked?: boolean
  count?: string
}

const verbs = ['list', 'next', 'set', 'run', 'pause', 'resume', 'remove'] as const

/** `fiber-work schedules [VERB] [ID] [NAME] [JSON]` */
export function register(command: Command): void {
  addPlace(command, ['jobs'])
  command
    .argument('[VERB]', `${verbs.join(', ')} (list)`)
    .argument('[ID]', 'the schedule')
    .argument('[NAME]', 'set: the name of the job that it enqueues')
    .argument('[JSON]', 'set: the input of each run')
    .option('--cron <PATTERN>', 'set: minute hour day month weekday')
    .option('--every <TIME>', 'set: this long apart (15m), at whole multiples since 1970')
    .option('--time-zone <ZONE>', 'set: whose clock the pattern reads (UTC)')
    .option('--dst <POLICY>', 'set: times that come twice or not at all: skip, once or both (once)')
    .option('--missed <POLICY>', 'set: runs that no worker was there to start: skip, last or all (last)')
    .option('--overlap <POLICY>', 'set: while the run before is not over: allow or skip (allow)')
    .option('--queue <NAME>', 'set: the queue, where several have a job of this name')
    .option('--unchecked', 'set: do not look for a handler, and take the input as it is')
    .option('--count <N>', 'next: so many runs (5)')
  command.action((verb: string | undefined, id: string | undefined, name: string, json: string, given: ScheduleFlags) =>
    schedules({ verb: verbOf('schedules', verb ?? 'list', verbs), id, name, json, given }),
  )
}

interface Asked {
  verb: (typeof verbs)[number]
  id: string | undefined
  name: string | undefined
  json: string | undefined
  given: ScheduleFlags
}

function schedules(asked: Asked): Promise<void> {
  const { verb, id, given } = asked
  // Their inputs are in the JSON alone.
  if (verb === 'list') return withApi(given, given.json === true ? { definitions: 'masked' } : {}, list)
  if (id === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', `Say which schedule to ${verb}: its id.`)
  if (verb === 'set') {
    const settings = settingsOf(asked)
    const definitions = given.unchecked === true ? {} : ({ definitions: 'checked' } as const)
    return withApi(given, { creates: true, ...definitions }, (context) => set(context, id, settings))
  }
  const count = integerFlag('--count', given.count ?? '5', 1, 100)
  return withApi(given, {}, (context) => act(context, verb, id, count))
}

async function act({ api, output }: ApiContext, verb: Asked['verb'], id: string, count: number): Promise<void> {
  switch (verb) {
    case 'next': {
      const { paused, next } = await api.schedules.get(id, { next: count })
      if (paused) output.warn(`the schedule "${plain(id)}" is paused`)
      return output.answer({ id, paused, next }, () => next.map(showIso).join('\n') || 'It comes no more.')
    }
    case 'run': {
      const ran = await api.schedules.run(id)
      return output.answer(ran, `${ran.outcome} ${plain(ran.id)}`)
    }
    case 'remove':
      await api.schedules.remove(id)
      return output.answer({ removed: id }, `removed ${plain(id)}`)
    default:
      await api.schedules[verb as 'pause' | 'resume'](id)
      return output.answer({ [`${verb}d`]: id }, `${verb}d ${plain(id)}`)
  }
}

async function list({ api, output }: ApiContext): Promise<void> {
  const all = await api.schedules.list()
  output.answer({ schedules: all }, () =>
    all.length === 0 ? 'No schedules yet; a worker brings those of its job files.' : table(all, columns),
  )
}

async function set({ api, output }: ApiContext, id: string, settings: ScheduleSettings): Promise<void> {
  const { outcome } = await api.schedules.put(id, settings)
  const made = await api.schedules.get(id)
  output.answer({ outcome, ...made }, () => `${outcome} ${plain(id)}\n\n${table([made], columns)}`)
}

/** What is not allowed is refused by the operation, which says what is. */
function settingsOf({ name, json, given }: Asked): ScheduleSettings {
  if (name === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', 'Say which job it enqueues: its name.')
  const { cron, every, timeZone, dst, missed, overlap, queue } = given
  const input = json === undefined ? undefined : parseInput(json, 'the argument')
  const job = { name, queue, input }
  const times = { cron, everyMs: every && durationFlag('--every', every), timeZone, dst, missed, overlap }
  return JSON.parse(JSON.stringify({ ...times, job })) as ScheduleSettings
}

const columns: Column<ScheduleView>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'JOB', cell: ({ name }) => name },
  { title: 'QUEUE', cell: ({ queue }) => queue },
  { title: 'WHEN', cell: timesText, stretch: true },
  { title: 'NEXT', cell: ({ nextAt, paused }) => (paused ? 'paused' : showIso(nextAt)) },
  { title: 'LAST', cell: ({ lastAt }) => showIso(lastAt) },
]

function timesText({ everyMs, cron, timeZone }: ScheduleView): string {
  return everyMs === undefined ? `${cron} ${timeZone ?? 'UTC'}` : `every ${formatDuration(everyMs)}`
}
