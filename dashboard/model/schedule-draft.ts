import type { ScheduleSettings, ScheduleView } from '../../src/client.ts'

/** What is typed into the form of a schedule. */
export interface ScheduleDraft {
  id: string
  /** `queue/name` of its job. */
  job: string
  kind: 'cron' | 'every'
  cron: string
  timeZone: string
  /** A number of `everyUnitMs`. */
  every: string
  everyUnitMs: number
  overlap: 'allow' | 'skip'
  missed: 'skip' | 'last' | 'all'
  /** JSON. */
  input: string
}

const everyUnitsMs = [86_400_000, 3_600_000, 60_000, 1_000]

export function scheduleDraftOf(schedule: ScheduleView | undefined, timeZone: string): ScheduleDraft {
  const everyMs = schedule?.everyMs ?? 3_600_000
  const everyUnitMs = everyUnitsMs.find((unit) => everyMs % unit === 0) ?? 1_000
  return {
    id: schedule?.id ?? '',
    job: schedule === undefined ? '' : `${schedule.queue}/${schedule.name}`,
    kind: schedule?.everyMs === undefined ? 'cron' : 'every',
    cron: schedule?.cron ?? '0 3 * * *',
    timeZone: schedule?.timeZone ?? (schedule === undefined ? timeZone : 'UTC'),
    every: String(everyMs / everyUnitMs),
    everyUnitMs,
    overlap: schedule?.overlap === 'skip' ? 'skip' : 'allow',
    missed: (schedule?.missed as ScheduleDraft['missed'] | undefined) ?? 'last',
    input: JSON.stringify(schedule?.input ?? {}, undefined, 2),
  }
}

/** The settings that a draft means, or what is wrong with it, in a sentence. */
export function scheduleOf(draft: ScheduleDraft): ScheduleSettings | string {
  const slash = draft.job.indexOf('/')
  if (draft.id.trim() === '') return 'It has no name yet.'
  if (slash < 0) return 'Choose its job.'
  const everyMs = Number(draft.every) * draft.everyUnitMs
  if (draft.kind === 'every' && !(everyMs >= 1_000)) return 'Every second is the most.'
  if (draft.kind === 'cron' && draft.cron.trim() === '') return 'The pattern is empty.'
  let input: unknown
  try {
    input = JSON.parse(draft.input) as unknown
  } catch (error) {
    return `The input is no JSON: ${(error as Error).message}`
  }
  // What is not shown would be stored as the word that stands for it.
  if (draft.input.includes('[redacted]'))
    return 'A secret of the input is not shown, and would be lost: write it in anew.'
  return {
    ...(draft.kind === 'cron' ? { cron: draft.cron.trim(), timeZone: draft.timeZone } : { everyMs }),
    overlap: draft.overlap,
    missed: draft.missed,
    job: { name: draft.job.slice(slash + 1), queue: draft.job.slice(0, slash), input },
  }
}
