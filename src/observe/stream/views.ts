import type { EventName, Events, JobEvent } from '../../contract/events.ts'
import type { StreamEvent } from '../../contract/fleet.ts'
import { cleanText, errorLine } from '../log/clean.ts'

/** What a watcher is told of an event: no payload of a job, no stack, no secret; texts are short. */
export type View<E extends EventName> = (payload: Events[E]) => Omit<StreamEvent, 'event' | 'atMs'>

const textMax = 500
const textsMax = 10

const text = (value: string): string => cleanText(value, textMax)
const texts = (values: readonly string[]): string[] => values.slice(0, textsMax).map(text)
const error = (thrown: unknown): { error?: string } =>
  thrown === undefined ? {} : { error: cleanText(errorLine(thrown), textMax) }

type Told = Omit<StreamEvent, 'event' | 'atMs'>

/** About a job. */
function job({ worker, id, name, queue, group, tenant, attempt }: JobEvent, data: Record<string, unknown> = {}): Told {
  const about = { name, attempt, ...(group !== undefined && { group }), ...(tenant !== undefined && { tenant }) }
  return { queue, job: id, data: { ...about, worker, ...data } }
}

/** About something else. */
const plainly = (data: Record<string, unknown>): Told => ({ data })

function blocked({ worker, blockedMs, sure, job: of, at, native, why }: Events['loop.blocked']): Told {
  const data = { worker, blockedMs: Math.round(blockedMs), sure, at, native, why, name: of?.name, attempt: of?.attempt }
  return of === undefined ? { data } : { queue: of.queue, job: of.id, data }
}

/** The events that are told, and how. One that is not here is nobody's business outside. */
export const views: { [E in EventName]?: View<E> } = {
  'job.started': (event) => job(event, { waitedMs: Math.round(event.waitedMs), crashes: event.crashes }),
  'job.ended': (event) =>
    job(event, {
      verdict: event.verdict,
      runMs: Math.round(event.runMs),
      timedOut: event.timedOut,
      ...error(event.error),
    }),
  'job.stuck': (event) => job(event, { runMs: Math.round(event.runMs) }),
  'job.zombie': (event) => job(event, { left: texts(event.left), kinds: event.kinds }),
  'job.blamed': (event) => job(event, { sure: event.sure, origin: event.origin, ...error(event.error) }),
  'job.polluted': (event) => job(event, { sure: event.sure, undone: event.undone, changes: texts(event.changes) }),
  'job.stale': (event) => job(event, { verdict: event.verdict }),
  'job.unknown': ({ worker, id, name, queue, inMs }) => ({ queue, job: id, data: { worker, name, inMs } }),
  'job.broken': ({ worker, id }) => ({ job: id, data: { worker } }),
  'thread.terminated': (event) => job(event, { why: event.why, runMs: Math.round(event.runMs) }),
  'leak.suspected': ({ worker, kind, definition, slope, unit, at }) =>
    plainly({ worker, kind, definition, slope, unit, at }),
  'worker.started': ({ worker, queues, concurrency }) => plainly({ worker, queues: texts(queues), concurrency }),
  'worker.stopping': ({ worker, reason, running, graceMs }) =>
    plainly({ worker, reason: text(reason), running, graceMs }),
  'worker.stopped': ({ worker, released }) => plainly({ worker, released }),
  'worker.cut': ({ worker, by }) => plainly({ worker, by: by ?? null }),
  'worker.revoked': ({ worker, running }) => plainly({ worker, running }),
  'worker.stray': ({ worker, origin, error: thrown }) => plainly({ worker, origin, ...error(thrown) }),
  'worker.swept': ({ worker, taken }) => plainly({ worker, taken }),
  'worker.reconciled': ({ worker, released, revoked }) => plainly({ worker, released, revoked }),
  'loop.blocked': blocked,
  'loop.recovered': blocked,
  'guardian.failed': ({ worker, error: thrown }) => plainly({ worker, ...error(thrown) }),
  'guardian.gaveUp': blocked,
  'queue.balanced': ({ worker, queue, from, to }) => ({ queue, data: { worker, from, to } }),
  'schedule.fired': ({ schedule, id, atMs, lateMs, outcome }) => ({
    job: id,
    data: { schedule, atMs, lateMs, outcome },
  }),
  'schedule.missed': ({ schedule, sinceMs }) => plainly({ schedule, sinceMs }),
  'schedule.failed': ({ schedule, error: thrown }) => plainly({ schedule, ...error(thrown) }),
  'store.warned': ({ worker, message }) => plainly({ worker, message: text(message) }),
  'store.failed': ({ verb, tries, givenUp, error: thrown }) => plainly({ verb, tries, givenUp, ...error(thrown) }),
  'store.recovered': ({ verb, tries, afterMs }) => plainly({ verb, tries, afterMs: Math.round(afterMs) }),
  'outbox.failed': ({ target, tries, error: thrown }) => plainly({ target: text(target), tries, ...error(thrown) }),
  'outbox.recovered': ({ target, tries }) => plainly({ target: text(target), tries }),
  'outbox.aside': ({ target, id, error: thrown }) => ({ job: id, data: { target: text(target), ...error(thrown) } }),
  'upstream.frozen': ({ upstream, untilMs, status }) => plainly({ upstream: text(upstream), untilMs, status }),
}
