import { errorLine } from './clean.ts'
import { line, type Templates } from './template.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

/** What the events of schedules say. */
export const scheduleLines: Templates = {
  'schedule.fired': {
    rank: 2,
    of: ({ schedule, id, atMs, lateMs, outcome }) =>
      outcome === 'full'
        ? line(
            'warn',
            'a run of a schedule was refused: its queue is full',
            { schedule, at: iso(atMs) },
            `queue full (${schedule})`,
          )
        : line(
            'debug',
            'a schedule has come',
            { schedule, job: id, at: iso(atMs), lateMs, outcome },
            `scheduled (${schedule})`,
          ),
  },
  'schedule.missed': {
    rank: 2,
    of: ({ schedule, sinceMs }) =>
      line(
        'warn',
        'runs of a schedule were left out: no worker was there',
        { schedule, since: iso(sinceMs) },
        undefined,
      ),
  },
  'schedule.failed': {
    rank: 2,
    of: ({ schedule, error }) =>
      line(
        'warn',
        schedule === undefined ? 'the schedules could not be read' : 'a run of a schedule could not be enqueued',
        { schedule, error: errorLine(error) },
        `schedule failed (${schedule ?? 'all'})`,
      ),
  },
}
