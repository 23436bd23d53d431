import type { JobRecord } from '../contract/job.ts'
import { open } from '../job/codec.ts'
import { type Column, list } from './table.ts'
import { isoTime, showTime } from './time.ts'

/** A job's record as JSON shows it: times in ISO 8601, the input opened. */
export function recordView(record: JobRecord): object {
  const { job, enqueuedAtMs, dueAtMs, startedAtMs, settledAtMs, result, progress, ...rest } = record
  const { body, due: _due, ...about } = job
  return {
    ...about,
    ...rest,
    ...inputOf(body),
    enqueuedAt: isoTime(enqueuedAtMs),
    dueAt: isoTime(dueAtMs),
    startedAt: isoTime(startedAtMs),
    settledAt: isoTime(settledAtMs),
    result: parsed(result),
    progress: parsed(progress),
  }
}

/** The same for people. */
export function recordText(record: JobRecord): string {
  const { job, state, attempts, crashes } = record
  const { input, damage } = inputOf(job.body)
  const time = (ms: number | undefined) => (ms === undefined ? undefined : showTime(ms))
  return list([
    ['id', job.id],
    ['job', job.name],
    ['queue', job.queue],
    ['state', record.cancelling === true ? `${state} (to be cancelled)` : state],
    ['attempts', `${attempts}${crashes > 0 ? `, ${crashes} crashes` : ''}`],
    ['priority', job.priority],
    ['group', job.group],
    ['unique key', job.unique?.key],
    ['tags', job.tags?.join(', ')],
    ['headers', job.headers === undefined ? undefined : JSON.stringify(job.headers)],
    ['enqueued', time(record.enqueuedAtMs)],
    ['due', time(record.dueAtMs)],
    ['started', time(record.startedAtMs)],
    ['settled', time(record.settledAtMs)],
    ['worker', record.session],
    ['progress', record.progress],
    ['input', damage ?? JSON.stringify(input, undefined, 2)],
    ['result', record.result === undefined ? undefined : JSON.stringify(parsed(record.result), undefined, 2)],
    ['error', record.error],
  ])
}

export const recordColumns: Column<JobRecord>[] = [
  { title: 'ID', cell: ({ job }) => job.id },
  { title: 'JOB', cell: ({ job }) => job.name },
  { title: 'QUEUE', cell: ({ job }) => job.queue },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'TRIES', cell: ({ attempts }) => attempts, align: 'right' },
  { title: 'PRIORITY', cell: ({ job }) => job.priority, align: 'right' },
  { title: 'GROUP', cell: ({ job }) => job.group },
  { title: 'ENQUEUED', cell: ({ enqueuedAtMs }) => showTime(enqueuedAtMs) },
  {
    title: 'DUE',
    cell: ({ dueAtMs, state }) => (dueAtMs === undefined || state !== 'delayed' ? '' : showTime(dueAtMs)),
  },
  { title: 'ERROR', cell: ({ error }) => error?.split('\n', 1)[0]?.slice(0, 200), stretch: true },
]

function inputOf(body: string): { input?: unknown; damage?: string } {
  try {
    return { input: open(body).input }
  } catch (error) {
    return { damage: error instanceof Error ? error.message : String(error) }
  }
}

function parsed(json: string | undefined): unknown {
  if (json === undefined) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
