import type { JobRecord } from '../contract/job.ts'
import type { JobContent } from '../job/content.ts'
import { type Column, list } from './table.ts'
import { isoTime, showTime } from './time.ts'

/** A job's record as JSON shows it: times in ISO 8601, the input opened. */
export function recordView(record: JobRecord, content: JobContent): object {
  const { job, enqueuedAtMs, dueAtMs, startedAtMs, settledAtMs, result: _result, progress, ...rest } = record
  const { body: _body, due: _due, ...about } = job
  return {
    ...about,
    ...rest,
    ...content,
    enqueuedAt: isoTime(enqueuedAtMs),
    dueAt: isoTime(dueAtMs),
    startedAt: isoTime(startedAtMs),
    settledAt: isoTime(settledAtMs),
    progress: progress === undefined ? undefined : parsed(progress),
  }
}

/** The same for people. */
export function recordText(record: JobRecord, content: JobContent): string {
  const { job, state, attempts, crashes } = record
  const { input, result, damage } = content
  const encrypted = content.encrypted === undefined ? undefined : `encrypted (${content.encrypted})`
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
    ['input', encrypted ?? damage ?? shown(input)],
    ['result', record.result === undefined ? undefined : (shown(result) ?? encrypted ?? damage)],
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

const shown = (value: unknown): string | undefined => JSON.stringify(value, undefined, 2)

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
