import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { MissedPolicy, ScheduleTimes } from '../contract/schedule.ts'
import { anObject, type Check, checkOptions, shown } from '../job/check.ts'
import { type AnyDefinition, type Definition, isDefinition } from '../job/definition.ts'
import { checkKey } from '../job/names.ts'
import type { EnqueueOptions } from '../job/options.ts'
import { checkTimes } from './check-times.ts'

/** When, what with, and what if. */
export type ScheduleOptions<In> = ScheduleTimes & {
  /** What the definition's schema takes; the same for each run. */
  input?: In
  /** What becomes of runs that nobody was there to start; `last` by default. */
  missed?: MissedPolicy
  /**
   * `skip`: nothing is started while the run before waits or runs; it needs a store with unique keys, and takes the place of the definition's own
   * key. `allow` by default.
   */
  overlap?: 'allow' | 'skip'
  /** As of any enqueue. */
  enqueue?: Omit<EnqueueOptions, 'id' | 'delayMs' | 'runAt' | 'as'>
}

/** A job that is enqueued at certain times, once a time however many workers there are. Made by `defineSchedule`. */
export interface Schedule {
  readonly id: string
  readonly definition: AnyDefinition
  readonly times: ScheduleTimes
  readonly missed: MissedPolicy
  readonly overlap: 'allow' | 'skip'
  readonly input: unknown
  readonly enqueue: Omit<EnqueueOptions, 'id' | 'delayMs' | 'runAt' | 'as'>
}

const mark: unique symbol = Symbol.for('fiber-work.schedule') as never

const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : words.join(', ')

const anything: Check = () => undefined
const table: Record<string, Check> = {
  cron: anything,
  timeZone: anything,
  dst: anything,
  everyMs: anything,
  offsetMs: anything,
  input: anything,
  missed: oneOf('skip', 'last', 'all'),
  overlap: oneOf('allow', 'skip'),
  enqueue: anObject,
}

/**
 * Declare when a job is enqueued by itself. The id is its name for good: the same id with other times or another input changes the schedule, in a
 * store that has it already. Hand it to `client.work(handlers, { schedules })`, export it from a job file, or call
 * `client.schedules.set(schedule)`. Throws `FW_SCHEDULE_INVALID`, `FW_JOB_INVALID`, `FW_NAME_INVALID`.
 *
 * @example
 * export const nightly = defineSchedule('nightly-report', report, { cron: '0 3 * * *', timeZone: 'Europe/Berlin' })
 */
export function defineSchedule<In, Data>(
  id: string,
  definition: Definition<In, Data>,
  options: ScheduleOptions<NoInfer<In>>,
): Schedule {
  checkScheduleId(id)
  const where = `defineSchedule("${id}")`
  if (!isDefinition(definition)) {
    throw new FiberWorkError('FW_SCHEDULE_INVALID', `${where}: ${shown(definition)} is no definition of \`defineJob\`.`)
  }
  checkOptions(where, anObject(options) === undefined ? options : {}, table)
  const { input, missed = 'last', overlap = 'allow', enqueue = {}, ...times } = options
  checkTimes(where, times)
  checkOptions(`${where}.enqueue`, enqueue, enqueueTable)
  return Object.freeze({ id, definition, times, missed, overlap, input, enqueue, [mark]: true })
}

/** What a run decides by itself. Everything else `prepareJob` checks. */
const enqueueTable: Record<string, Check> = Object.fromEntries(
  ['priority', 'tenant', 'group', 'unique', 'tags', 'headers', 'attempts', 'backoff', 'timeoutMs', 'keep'].map(
    (name): [string, Check] => [name, anything],
  ),
)

/** Throws `FW_NAME_INVALID`. The id of a run is that of its schedule and a time, and has to be an id too. */
export function checkScheduleId(id: unknown): void {
  checkKey('schedule', id)
  if ((id as string).length > idMax) {
    throw new FiberWorkError(
      'FW_NAME_INVALID',
      `${shown(id)} is no id of a schedule: it has more than ${idMax} characters.`,
    )
  }
}

const idMax = 200

/** True for what `defineSchedule` gave: also by a second copy of the package. */
export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'object' && value !== null && mark in value
}

/** Throws `FW_DRIVER_TRAIT` when the store cannot hold it to what it says. */
export function checkFits({ id, overlap }: Schedule, { name, traits, ledger }: Driver): void {
  if (ledger === undefined) {
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The schedule "${id}" needs a ledger, and the ${name} driver has none (facet \`ledger\`).`,
    )
  }
  if (overlap === 'skip' && !traits.unique) {
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The schedule "${id}" says \`overlap: 'skip'\`, and the ${name} driver has no unique keys (trait \`unique\`).`,
    )
  }
}
