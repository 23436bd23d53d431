import type { Block, Events } from '../../contract/events.ts'
import { alertLines } from './alert-lines.ts'
import { errorLine } from './clean.ts'
import { jobLines } from './job-lines.ts'
import { scheduleLines } from './schedule-lines.ts'
import type { Fields } from './sink.ts'
import { job, line, type Templates } from './template.ts'

const blocked = ({ job: named, at, native, why, blockedMs }: Events['loop.recovered']): Fields => {
  const { id, ...rest } = named ?? {}
  return { ms: Math.round(blockedMs), ...(id !== undefined && { job: id }), ...rest, at, native, why }
}
const rounded = (value: number) => Number(value.toPrecision(3))
/** Who it was, as sure as one can be. */
const culprit = ({ sure, job: named }: Block): string =>
  named === undefined ? '' : sure === 'exact' ? ` by ${named.name}` : `, perhaps by ${named.name}`

/** What each event says in the log; events that are not here say nothing. */
export const lines: Templates = {
  ...jobLines,
  ...scheduleLines,
  ...alertLines,
  'leak.suspected': {
    rank: 2,
    of: ({ kind, definition, candidates, slope, low, high, unit, jobs, windowMs, at }) =>
      line(
        'warn',
        `a leak is suspected: ${kind} ${kind === 'heap' ? 'grows' : 'grow'}${definition === undefined ? '' : ` with ${definition}`}`,
        {
          ...(definition === undefined ? { candidates } : { name: definition }),
          ...{
            slope: rounded(slope),
            low: rounded(low),
            high: rounded(high),
            unit,
            jobs,
            ms: Math.round(windowMs),
            at,
          },
        },
        `leak (${kind}, ${definition ?? 'unknown'})`,
      ),
  },
  'context.lost': {
    rank: 3,
    of: ({ lost, loaded }) =>
      line(
        'error',
        `jobs are lost on their way in this process: after ${lost.map(({ what }) => what).join(', ')} code runs in no job or in another one`,
        { lost, ...(loaded.length > 0 && { loaded }) },
        undefined,
      ),
  },
  'operator.acted': {
    rank: 1,
    of: ({ id: _, atMs: __, operation, failed, ...rest }) =>
      line(
        'info',
        failed === undefined ? `operator: ${operation}` : `operator was refused: ${operation}`,
        { ...rest, ...(failed !== undefined && { failed }) },
        `operator (${operation})`,
      ),
  },
  'queue.balanced': {
    rank: 0,
    of: (event) => line('debug', 'slots were moved between queues', { ...event }, 'queues balanced'),
  },
  'worker.started': {
    rank: 0,
    of: ({ worker, queues, concurrency }) =>
      line('debug', 'worker started', { worker, queues, concurrency }, undefined),
  },
  'worker.stopping': {
    rank: 1,
    of: ({ worker, reason, running, graceMs }) =>
      line('info', 'worker is stopping', { worker, reason, running, graceMs }, undefined),
  },
  'worker.stopped': {
    rank: 0,
    of: ({ worker, released }) => line('debug', 'worker stopped', { worker, released }, undefined),
  },
  'worker.cut': {
    rank: 0,
    of: ({ by }) =>
      line(
        'debug',
        by === undefined ? 'takes jobs at full width again' : `takes fewer jobs: ${by}`,
        {},
        'takes fewer jobs',
      ),
  },
  'worker.revoked': {
    rank: 2,
    of: ({ worker, running }) =>
      line('warn', 'the session was taken back; a new one is opened', { worker, running }, undefined),
  },
  'worker.stray': {
    rank: 3,
    of: ({ origin, error, job: left }) =>
      left === undefined
        ? line('error', 'a stray error that no job owns', { origin, error: errorLine(error) }, 'stray error')
        : line(
            'error',
            'a stray error that a job left behind',
            { ...job(left), origin, error: errorLine(error) },
            `stray error left behind (${left.name})`,
          ),
  },
  'worker.swept': {
    rank: 1,
    of: ({ taken }) =>
      taken === 0 ? undefined : line('info', 'jobs of dead workers are taken back', { taken }, 'jobs taken back'),
  },
  'worker.reconciled': {
    rank: 2,
    of: ({ released, revoked }) =>
      line('warn', 'the store and the worker disagreed about loans', { released, revoked }, 'reconciled'),
  },
  'loop.recovered': {
    rank: 2,
    of: (event) =>
      line('warn', `the event loop was blocked${culprit(event)}`, blocked(event), `blocked${culprit(event)}`),
  },
  'guardian.gaveUp': {
    rank: 3,
    of: (event) =>
      line(
        'error',
        `the event loop was blocked for too long${culprit(event)}; its lease was given up`,
        blocked(event),
        undefined,
      ),
  },
  'guardian.started': {
    rank: 0,
    of: ({ worker }) => line('debug', 'the guardian thread keeps the lease', { worker }, undefined),
  },
  'guardian.failed': {
    rank: 2,
    of: ({ worker, error }) =>
      line('warn', 'the guardian thread has trouble', { worker, error: errorLine(error) }, 'guardian failed'),
  },
  'auth.refused': {
    rank: 3,
    of: ({ error, ...event }) =>
      line(
        'error',
        'a job carries a principal that is not to be trusted; it was not run',
        { ...event, error: errorLine(error) },
        `principal refused (${event.name})`,
      ),
  },
  'cache.degraded': {
    rank: 2,
    of: ({ job: id, verb, error }) =>
      line(
        'warn',
        'the shared cache failed; going on without',
        { job: id, verb, error: errorLine(error) },
        'cache failed',
      ),
  },
  'traces.failed': {
    rank: 2,
    of: ({ spans, error }) =>
      line('warn', 'spans could not be handed on', { spans, error: errorLine(error) }, 'spans lost'),
  },
  'store.warned': {
    rank: 3,
    of: ({ worker, message }) => line('warn', message, { worker }, 'store at risk'),
  },
  'outbox.failed': {
    rank: 3,
    of: ({ target, error, tries }) =>
      line(
        'warn',
        'the outbox could not be handed on, trying again',
        { target, tries, error: errorLine(error) },
        'outbox waits',
      ),
  },
  'outbox.recovered': {
    rank: 1,
    of: ({ target, tries, afterMs }) =>
      line('info', 'the outbox is handed on again', { target, tries, afterMs: Math.round(afterMs) }, undefined),
  },
  'outbox.aside': {
    rank: 3,
    of: ({ target, id, error }) =>
      line(
        'error',
        'a job in the outbox can never be handed on; it was left aside',
        { target, job: id, error: errorLine(error) },
        'left aside in the outbox',
      ),
  },
  'store.failed': {
    rank: 3,
    of: ({ verb, error, tries, givenUp }) =>
      line(
        givenUp ? 'error' : 'warn',
        givenUp ? 'the store failed, given up' : 'the store failed, asking again',
        { verb, tries, error: errorLine(error) },
        `store failed (${verb})`,
      ),
  },
  'store.recovered': {
    rank: 1,
    of: ({ verb, tries, afterMs }) =>
      line(
        'info',
        'the store answers again',
        { verb, tries, afterMs: Math.round(afterMs) },
        `store answers again (${verb})`,
      ),
  },
}
