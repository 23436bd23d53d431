import type { LogLine } from '../api/client/jobs.ts'
import type { JobView } from '../api/schemas/job.ts'
import { formatDuration } from '../base/duration.ts'
import { cut, plain } from '../base/text.ts'
import { type Format, paint } from './output.ts'
import { type Column, list } from './table.ts'
import { showIso, spanMs } from './time.ts'

/** All that is known of a job, for people. */
export function recordText(job: JobView): string {
  const { state, attempts, crashes, input, result, damage } = job
  const encrypted = job.encrypted === undefined ? undefined : `encrypted (${job.encrypted})`
  return list([
    ['id', job.id],
    ['job', job.name],
    ['queue', job.queue],
    ['state', job.cancelling === true ? `${state} (to be cancelled)` : state],
    ['attempts', `${attempts}${crashes > 0 ? `, ${crashes} crashes` : ''}`],
    ['priority', job.priority],
    ['group', job.group],
    ['unique key', job.unique?.key],
    ['tags', job.tags?.join(', ')],
    ['headers', job.headers === undefined ? undefined : JSON.stringify(job.headers)],
    ...timeline(job),
    ['worker', job.session],
    ['progress', job.progress === undefined ? undefined : JSON.stringify(job.progress)],
    ['input', encrypted ?? damage ?? shown(input)],
    ['result', state === 'done' ? (shown(result) ?? encrypted ?? damage) : undefined],
    ['error', job.error],
    ['failed', failuresText(job)],
  ])
}

/** What happened when, and how long after what happened before. */
function timeline({ enqueuedAt, dueAt, startedAt, settledAt }: JobView): [string, string | undefined][] {
  const due = dueAt !== undefined && dueAt > enqueuedAt ? dueAt : undefined
  return [
    ['enqueued', showIso(enqueuedAt)],
    ['due', after(enqueuedAt, due)],
    ['started', after(due === undefined || due > (startedAt ?? '') ? enqueuedAt : due, startedAt)],
    ['settled', after(startedAt ?? enqueuedAt, settledAt)],
  ]
}

/** A line each: whole is the job's own error, above. */
function failuresText({ failures }: JobView): string | undefined {
  return failures?.map(({ at, attempt, error }) => `attempt ${attempt}  ${showIso(at)}  ${firstLine(error)}`).join('\n')
}

function after(before: string, moment: string | undefined): string | undefined {
  const ms = spanMs(before, moment)
  // The clocks of a worker and of a store may differ.
  return ms === undefined || ms < 0 ? showIso(moment) : `${showIso(moment)} (+${formatDuration(ms)})`
}

/** What a job has logged, a line each. */
export function logText(lines: readonly LogLine[]): string {
  return lines
    .map(({ at, level, message, fields }) => {
      const more = fields === undefined ? '' : ` ${JSON.stringify(fields)}`
      return `${paint('dim', showIso(at)!)} ${level.padEnd(5)} ${plain(cut(message + more, 4_000))}`
    })
    .join('\n')
}

const colours: { [state in JobView['state']]?: Format } = {
  running: 'cyan',
  done: 'green',
  dead: 'red',
  quarantined: 'red',
  cancelled: 'yellow',
}

export const recordColumns: Column<JobView>[] = [
  { title: 'ID', cell: ({ id }) => id },
  { title: 'JOB', cell: ({ name }) => name },
  { title: 'QUEUE', cell: ({ queue }) => queue },
  { title: 'STATE', cell: ({ state }) => state, colour: ({ state }) => colours[state] },
  { title: 'TRIES', cell: ({ attempts }) => attempts, align: 'right' },
  { title: 'PRIORITY', cell: ({ priority }) => priority, align: 'right' },
  { title: 'GROUP', cell: ({ group }) => group },
  { title: 'ENQUEUED', cell: ({ enqueuedAt }) => showIso(enqueuedAt) },
  { title: 'DUE', cell: ({ dueAt, state }) => (state === 'delayed' ? showIso(dueAt) : '') },
  { title: 'ERROR', cell: ({ error }) => firstLine(error), stretch: true },
]

export function firstLine(text: string | undefined, charsMax = 200): string | undefined {
  return text?.split('\n', 1)[0]?.slice(0, charsMax)
}

const shown = (value: unknown): string | undefined => JSON.stringify(value, undefined, 2)
