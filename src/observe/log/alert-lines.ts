import type { Alert } from '../../contract/alert.ts'
import { errorLine } from './clean.ts'
import type { Fields } from './sink.ts'
import { line, type Templates } from './template.ts'

const what: Record<Alert['type'], string> = {
  'queue.wait.exceeded': 'jobs wait for too long',
  'queue.stalled': 'jobs wait and none is taken',
  'jobs.dead': 'jobs have died',
}

const fieldsOf = ({ type, queue, waitMs, waitMsMax, ready, running, dead, paused }: Alert): Fields => ({
  alert: type,
  queue,
  ...(type === 'jobs.dead' ? { dead } : { waitMs, waitMsMax, ready, running }),
  ...(paused && { paused }),
})

/** What the events of alerts, and of records that are dropped, say. */
export const alertLines: Templates = {
  'alert.raised': {
    rank: 2,
    of: (alert) => line('warn', `${what[alert.type]} in ${alert.queue}`, fieldsOf(alert), undefined),
  },
  'alert.cleared': {
    rank: 1,
    of: ({ lastedMs, ...alert }) =>
      line(
        'info',
        `it is over: ${what[alert.type]} in ${alert.queue}`,
        { ...fieldsOf(alert), ms: lastedMs },
        undefined,
      ),
  },
  'alert.failed': {
    rank: 3,
    of: ({ target, error, tries, givenUp }) =>
      line(
        givenUp ? 'error' : 'warn',
        target === undefined
          ? 'the queues could not be looked at for alerts, trying again'
          : `an alert could not be handed on, ${givenUp ? 'it is given up' : 'trying again'}`,
        { target, tries, error: errorLine(error) },
        `alert failed (${target ?? 'store'})`,
      ),
  },
  'queue.trimmed': {
    rank: 0,
    of: ({ queue, state, removed }) =>
      line('debug', 'settled jobs were dropped', { queue, state, removed }, `dropped (${queue})`),
  },
}
