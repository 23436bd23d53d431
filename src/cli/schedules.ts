import type { Command } from 'commander'
import { formatDuration } from '../base/duration.ts'
import { nearest } from '../base/nearest.ts'
import { plain } from '../base/text.ts'
import type { ScheduleRecord, ScheduleTimes } from '../contract/schedule.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { defineSchedule, type ScheduleOptions } from '../cron/schedule.ts'
import { nextRuns } from '../cron/times.ts'
import { systemEnv } from '../base/env.ts'
import { type StoreContext, withStore } from './context.ts'
import { definitionOf } from './definition.ts'
import { addOutputFlags, addSettings, durationFlag, type Given } from './flags.ts'
import { parseInput } from './input.ts'
import { type Column, table } from './table.ts'
import { isoTime, showTime } from './time.ts'

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
  addOutputFlags(addSettings(command, ['url', 'jobs']))
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
    withStore(given, { creates: verb === 'set' }, (context) => act(context, verb ?? 'list', { id, name, json, given })),
  )
}

interface Asked {
  id: string | undefined
  name: string | undefined
  json: string | undefined
  given: ScheduleFlags
}

async function act(context: StoreContext, verb: string, asked: Asked): Promise<void> {
  const { client, output } = context
  const { schedules } = client
  if (verb === 'list') return list(context)
  if (!(verbs as readonly string[]).includes(verb)) {
    const near = nearest(verb, verbs)
    const hint = near === undefined ? `Known are ${verbs.join(', ')}.` : `Did you mean ${near}?`
    throw new FiberWorkError('FW_CONFIG_INVALID', `schedules knows no "${verb}". ${hint}`)
  }
  const { id } = asked
  if (id === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', `Say which schedule to ${verb}: its id.`)
  switch (verb) {
    case 'next':
      return showNext(context, await known(context, id), asked.given)
    case 'set':
      return set(context, id, asked)
    case 'run': {
      const { id: job, outcome } = await schedules.run(id)
      return output.answer({ schedule: id, id: job, outcome }, `${outcome} ${plain(job)}`)
    }
    case 'remove':
      if (!(await schedules.remove(id))) throw unknown(id)
      return output.answer({ removed: id }, `removed ${plain(id)}`)
    default:
      await schedules[verb as 'pause' | 'resume'](id)
      return output.answer({ [`${verb}d`]: id }, `${verb}d ${plain(id)}`)
  }
}

async function list({ client, output }: StoreContext): Promise<void> {
  const all = await client.schedules.list()
  output.answer({ schedules: all.map(view) }, () =>
    all.length === 0 ? 'No schedules yet; a worker brings those of its job files.' : table(all, columns),
  )
}

async function set(context: StoreContext, id: string, { name, json, given }: Asked): Promise<void> {
  const { client, settings, output } = context
  if (name === undefined) throw new FiberWorkError('FW_CONFIG_INVALID', 'Say which job it enqueues: its name.')
  const definition = await definitionOf(name, given, settings)
  const input = json === undefined ? undefined : parseInput(json, 'the argument')
  const outcome = await client.schedules.set(defineSchedule(id, definition, { ...optionsOf(given), input }))
  const record = (await client.schedules.get(id))!
  output.answer({ outcome, ...view(record) }, () => `${outcome} ${plain(id)}\n\n${table([record], columns)}`)
}

function optionsOf({ cron, every, timeZone, dst, missed, overlap }: ScheduleFlags): ScheduleOptions<unknown> {
  // What is not allowed is refused by `defineSchedule`, which says what is.
  const options = { cron, everyMs: every && durationFlag('--every', every), timeZone, dst, missed, overlap }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

async function known({ client }: StoreContext, id: string): Promise<ScheduleRecord> {
  const record = await client.schedules.get(id)
  if (record === undefined) throw unknown(id)
  return record
}

function showNext(
  { output }: StoreContext,
  { id, times, paused }: ScheduleRecord,
  { count = '5' }: ScheduleFlags,
): void {
  const most = Number(count)
  if (!Number.isInteger(most) || most < 1 || most > 1_000) {
    throw new FiberWorkError(
      'FW_CONFIG_INVALID',
      `--count is ${JSON.stringify(count)}; allowed is an integer from 1 to 1000.`,
    )
  }
  const runs = nextRuns(times, systemEnv.nowMs(), most)
  if (paused) output.warn(`the schedule "${plain(id)}" is paused`)
  output.answer({ id, paused, next: runs.map(isoTime) }, () => runs.map(showTime).join('\n') || 'It comes no more.')
}

const unknown = (id: string): FiberWorkError =>
  new FiberWorkError('FW_SCHEDULE_UNKNOWN', `There is no schedule ${JSON.stringify(id)}.`)

const moment = (ms: number | undefined): string => (ms === undefined ? '' : showTime(ms))

const columns: Column<ScheduleRecord>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'JOB', cell: ({ job }) => job.name },
  { title: 'QUEUE', cell: ({ job }) => job.queue },
  { title: 'WHEN', cell: ({ times }) => timesText(times), stretch: true },
  { title: 'NEXT', cell: ({ nextAtMs, paused }) => (paused ? 'paused' : moment(nextAtMs)) },
  { title: 'LAST', cell: ({ lastAtMs }) => moment(lastAtMs) },
]

function timesText(times: ScheduleTimes): string {
  if ('everyMs' in times) return `every ${formatDuration(times.everyMs)}`
  return `${times.cron} ${times.timeZone ?? 'UTC'}`
}

/** As JSON shows it; inputs lie sealed in the store. */
function view({ id, times, missed, overlap, job, paused, nextAtMs, lastAtMs, lastId }: ScheduleRecord): object {
  const { name, queue } = job
  const moments = { nextAt: isoTime(nextAtMs), lastAt: isoTime(lastAtMs), lastId }
  return { id, name, queue, ...times, missed, overlap, paused, ...moments }
}
