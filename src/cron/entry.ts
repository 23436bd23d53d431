import type { Env } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'
import { type ScheduleRecord, scheduledAtHeader, scheduleHeader } from '../contract/schedule.ts'
import type { Keyring } from '../job/keyring.ts'
import { prepareJob } from '../job/prepare.ts'
import type { Schedule } from './schedule.ts'
import { nextAfter } from './times.ts'

/** As it lies in the ledger, without its id, which is the key. */
export interface Entry extends Omit<ScheduleRecord, 'id'> {
  /** The layout of this record. */
  format: 1
  /** What the code said when it last said something new: as long as it says the same, what an operator changed since stays. */
  declared?: string
}

const prefix = 'schedule:'
export const keyOf = (id: string): string => prefix + id
export const idOf = (key: string): string => key.slice(prefix.length)
export { prefix as schedulePrefix }

/** Throws `FW_SCHEDULE_INVALID` for what another release, or somebody else, has written. */
export function readEntry(id: string, text: string): Entry {
  try {
    const entry = JSON.parse(text) as Entry
    if (entry.format === 1) return entry
  } catch {
    // Said below.
  }
  throw new FiberWorkError(
    'FW_SCHEDULE_INVALID',
    `The schedule "${id}" was written by a newer fiber-work, or is damaged.`,
  )
}

export function recordOf(id: string, entry: Entry): ScheduleRecord {
  const { format: _format, declared: _declared, ...record } = entry
  return { id, ...record }
}

/** The entry of a schedule that is new, or is to be another one from now on. Throws what an enqueue of its job throws. */
export async function entryOf(schedule: Schedule, env: Env, keys?: Keyring): Promise<Entry> {
  const { definition, times, missed, overlap, input, enqueue } = schedule
  const {
    id: _,
    due: __,
    ...job
  } = await prepareJob(definition, input, enqueue, () => schedule.id, {
    keys,
    kind: 'schedule',
  })
  if (overlap === 'skip') job.unique = { key: `${prefix}${schedule.id}`, mode: 'keep' }
  const nextAtMs = nextAfter(times, env.nowMs())
  return { format: 1, times, missed, overlap, job, paused: false, ...(nextAtMs !== undefined && { nextAtMs }) }
}

/** What a schedule says, apart from what has become of it. */
export function saidBy({ times, missed, overlap, job }: Entry): string {
  return JSON.stringify([times, missed, overlap, job])
}

/** The job of one run. Its id is the same for everybody who enqueues it; the store's clock holds it back until its time. */
export function jobOf(id: string, entry: Entry, atMs: number, runId = `${id}@${atMs}`): StoredJob {
  const { job } = entry
  const headers = { ...job.headers, [scheduleHeader]: id, [scheduledAtHeader]: String(atMs) }
  return { ...job, ...aloneByItsOwnKey(id, entry), id: runId, headers, due: { atMs } }
}

/**
 * A schedule with `overlap: 'skip'` holds one key for all of its runs, `schedule:ID`; any other holds one for each run, `schedule:ID@TIME`. Where
 * an id ends like a run of another schedule, `nightly@1796090400000`, its key would be the other's run: such ids alone have a key of another kind.
 * It is made when a run is, and not written into the entry: 0.6 reads and writes the same entries, and knows a run by its id in any case.
 */
function aloneByItsOwnKey(id: string, { overlap, job: { unique } }: Entry): Pick<StoredJob, 'unique'> {
  if (unique === undefined || overlap !== 'skip' || !/@\d+$/.test(id)) return {}
  return { unique: { ...unique, key: `schedule-overlap:${id}` } }
}
