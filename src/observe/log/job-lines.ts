import { errorLine } from './clean.ts'
import type { Fields } from './sink.ts'
import { job, line, type Templates } from './template.ts'

/** What says which line this is stays ours: a handler's own `name` or `job` is written as `name_`, `job_`. */
const ours = new Set([
  'level',
  'time',
  'pid',
  'msg',
  'job',
  'name',
  'queue',
  'group',
  'tenant',
  'attempt',
  'trace_id',
  'span_id',
])
const renamed = (fields: Fields = {}): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [ours.has(key) ? `${key}_` : key, value]))

/** What the end of an attempt is to whoever reads of it: how much it matters, and in words. */
export const ends = {
  done: ['debug', 'job done'],
  release: ['debug', 'job given back'],
  retry: ['warn', 'attempt failed, the job is tried again'],
  dead: ['error', 'job is dead'],
  cancelled: ['info', 'job cancelled'],
  quarantined: ['error', 'job quarantined'],
} as const

/** What is told of single jobs. */
export const jobLines: Templates = {
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
  'thread.terminated': {
    rank: 2,
    of: ({ why, runMs, ...event }) =>
      line(
        'warn',
        why === 'stuck' ? 'the thread of a stuck job was ended' : 'a thread did not answer and was ended',
        { ...job(event), ms: Math.round(runMs) },
        `thread ended (${event.name})`,
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
  'job.polluted': {
    rank: 2,
    of: ({ changes, sure, undone, suspects, ...event }) =>
      line(
        'warn',
        sure === 'exact' ? 'a job changed what all jobs share' : 'what all jobs share was changed, perhaps by this job',
        { ...job(event), changes, undone, ...(suspects && { suspects }) },
        `changed what all jobs share (${event.name})`,
      ),
  },
  'job.handledLate': {
    rank: 2,
    of: ({ error, ...event }) =>
      line(
        'warn',
        'a stray rejection was handled after all, too late: await a promise before anything else, or give it a catch at once',
        { ...job(event), error: errorLine(error) },
        `rejection handled late (${event.name})`,
      ),
  },
  'job.failedLate': {
    rank: 2,
    of: ({ error, ...event }) =>
      line(
        'warn',
        'a job failed after it had committed; it stays done',
        { ...job(event), error: errorLine(error) },
        `failed after its commit (${event.name})`,
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
}
