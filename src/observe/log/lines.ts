import type { Block, EventName, Events, JobEvent, LogLevel } from '../../contract/events.ts'
import { errorLine } from './clean.ts'
import type { Fields } from './sink.ts'

export interface Line {
  level: LogLevel
  message: string
  fields: Fields
  /** Lines of a kind are counted together; undefined: always written. */
  kind: string | undefined
}

interface Template<E extends EventName> {
  /** The highest level that it can have: 0 debug … 3 error. Below it nobody subscribes. */
  rank: number
  /** `floor` is the rank below which nothing is written; without a line it costs next to nothing. */
  of: (event: Events[E], floor: number) => Line | undefined
}

const job = ({ id, name, queue, group, tenant, attempt }: JobEvent): Fields => ({
  job: id,
  name,
  queue,
  ...(tenant !== undefined && { tenant }),
  ...(group !== undefined && group !== tenant && { group }),
  attempt,
})
const line = (level: LogLevel, message: string, fields: Fields, kind: string | undefined): Line => ({
  level,
  message,
  fields,
  kind,
})

/** What says which line this is stays ours: a handler's own `name` or `job` is written as `name_`, `job_`. */
const ours = new Set(['level', 'time', 'pid', 'msg', 'job', 'name', 'queue', 'group', 'attempt'])
const renamed = (fields: Fields = {}): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [ours.has(key) ? `${key}_` : key, value]))

const blocked = ({ job: named, at, native, why, blockedMs }: Events['loop.recovered']): Fields => {
  const { id, ...rest } = named ?? {}
  return { ms: Math.round(blockedMs), ...(id !== undefined && { job: id }), ...rest, at, native, why }
}
const rounded = (value: number) => Number(value.toPrecision(3))
/** Who it was, as sure as one can be. */
const culprit = ({ sure, job: named }: Block): string =>
  named === undefined ? '' : sure === 'exact' ? ` by ${named.name}` : `, perhaps by ${named.name}`

const ends = {
  done: ['debug', 'job done'],
  release: ['debug', 'job given back'],
  retry: ['warn', 'attempt failed, the job is tried again'],
  dead: ['error', 'job is dead'],
  cancelled: ['info', 'job cancelled'],
  quarantined: ['error', 'job quarantined'],
} as const

/** What each event says in the log; events that are not here say nothing. */
export const lines: { [E in EventName]?: Template<E> } = {
  'job.started': {
    rank: 0,
    of: (event) => line('debug', 'job started', { ...job(event), waitedMs: event.waitedMs }, undefined),
  },
  'job.ended': {
    rank: 3,
    of(event, floor) {
      const [level, message] = ends[event.verdict]
      if (level === 'debug' && floor > 0) return undefined
      const ms = Math.round(event.runMs)
      const fields = { ...job(event), ms, ...(event.error !== undefined && { error: errorLine(event.error) }) }
      return line(level, message, fields, level === 'debug' ? undefined : `${message} (${event.name})`)
    },
  },
  'job.log': {
    rank: 3,
    of: (event) => line(event.level, event.message, { ...renamed(event.fields), ...job(event) }, undefined),
  },
  'job.stuck': {
    rank: 3,
    of: (event) =>
      line(
        'error',
        'handler ignores its signal; its slot is freed',
        { ...job(event), ms: Math.round(event.runMs) },
        `handler stuck (${event.name})`,
      ),
  },
  'job.zombie': {
    rank: 2,
    of: (event) =>
      line(
        'warn',
        'job has ended and left something running',
        { ...job(event), left: event.left, ...(event.closed.length > 0 && { closed: event.closed.length }) },
        `job left something running (${event.name})`,
      ),
  },
  'job.disposal': {
    rank: 2,
    of: ({ what, error, ...event }) =>
      line(
        'error',
        `${what} could not be let go of at the end of the job`,
        { ...job(event), error: errorLine(error) },
        `not let go of (${event.name})`,
      ),
  },
  'job.blamed': {
    rank: 3,
    of: ({ error, sure, origin, ...event }) =>
      line(
        'error',
        sure === 'owner' ? 'a stray error came from this job' : 'a stray error came from near this job',
        { ...job(event), origin, error: errorLine(error) },
        `stray error (${event.name})`,
      ),
  },
  'job.stale': {
    rank: 2,
    of: (event) =>
      line(
        'warn',
        'a verdict came too late; the job runs elsewhere',
        { ...job(event), verdict: event.verdict },
        `stale verdict (${event.name})`,
      ),
  },
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
  'job.unknown': {
    rank: 2,
    of: ({ id, name, queue, inMs }) =>
      line(
        'warn',
        'no handler of this build has this name; the job waits',
        { job: id, name, queue, inMs },
        `no handler (${name})`,
      ),
  },
  'job.broken': {
    rank: 3,
    of: ({ id }) => line('error', 'the body of a job is gone from the store', { job: id }, 'body gone'),
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
    of: ({ origin, error }) =>
      line('error', 'a stray error that no job owns', { origin, error: errorLine(error) }, 'stray error'),
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
  'store.warned': {
    rank: 3,
    of: ({ worker, message }) => line('warn', message, { worker }, 'store at risk'),
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
