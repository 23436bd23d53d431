import type { ApiEvent } from '../../src/client.ts'
import { count, duration } from './format.ts'

/** One event as a line of a log. */
export interface EventLine {
  atMs: number
  event: string
  job?: string
  queue?: string
  text: string
  /** `human`: nothing gets better until somebody acts. `watch`: one should know. */
  level: 'plain' | 'watch' | 'human'
}

/** The kinds that a log shows. A job's start and the depths of queues would drown the others. */
export const loggedEvents = [
  ...['job.ended', 'job.stuck', 'job.zombie', 'job.blamed', 'job.polluted', 'job.stale', 'job.broken', 'thread'],
  ...['leak', 'worker', 'loop', 'guardian', 'schedule', 'store', 'outbox', 'upstream', 'alert'],
  ...['process.up', 'process.ended', 'events.dropped'],
]

const human = new Set([
  'loop.blocked',
  'guardian.gaveUp',
  'guardian.failed',
  'worker.stray',
  'schedule.failed',
  'outbox.aside',
  'alert.raised',
])
const calm = new Set([
  'worker.started',
  'worker.stopping',
  'worker.stopped',
  'schedule.fired',
  'process.up',
  'alert.cleared',
  'store.recovered',
  'outbox.recovered',
  'loop.recovered',
  'worker.swept',
])

/** Undefined for what ended well, which is no news, and for what is only counted. */
export function eventLine({ event, at, queue, job, data }: ApiEvent): EventLine | undefined {
  const verdict = event === 'job.ended' ? String(data['verdict']) : undefined
  if (verdict === 'done' || event === 'events.dropped') return undefined
  return {
    atMs: Date.parse(at),
    event,
    ...(job !== undefined && { job }),
    ...(queue !== undefined && { queue }),
    text: sentences[event]?.(data) ?? textOf(data),
    level: levelOf(event, verdict, data),
  }
}

function levelOf(event: string, verdict: string | undefined, data: Record<string, unknown>): EventLine['level'] {
  if (verdict !== undefined) return verdict === 'dead' || verdict === 'quarantined' ? 'human' : 'plain'
  if (event === 'process.ended') return data['code'] === 0 ? 'plain' : 'human'
  if (event === 'store.failed' || event === 'worker.cut') return data['givenUp'] === true ? 'human' : 'watch'
  return human.has(event) ? 'human' : calm.has(event) ? 'plain' : 'watch'
}

/** Events whose data says little by itself. */
const sentences: Record<string, (data: Record<string, unknown>) => string> = {
  'worker.started': ({ queues, concurrency }) => `works ${listed(queues)}, ${count(Number(concurrency))} at once`,
  'worker.stopping': ({ reason, running }) => `stops (${plainly(reason)}), ${count(Number(running))} running`,
  'worker.cut': ({ by }) => (by === null ? 'takes as much as it may again' : `takes less: ${plainly(by)}`),
  'loop.recovered': ({ name, blockedMs }) =>
    `${typeof name === 'string' ? `${name} let` : 'somebody let'} the loop go after ${duration(Number(blockedMs))}`,
  'schedule.fired': ({ schedule, lateMs, outcome }) =>
    `${plainly(schedule)}: ${outcome === 'duplicate' ? 'another process was first' : plainly(outcome)}, ${duration(Number(lateMs))} late`,
  'process.up': ({ pid }) => `worker process ${plainly(pid)} is up`,
  'process.ended': ({ pid, code, signal }) =>
    `worker process ${plainly(pid)} ended ${signal === null || signal === undefined ? `with code ${plainly(code)}` : `by ${plainly(signal)}`}`,
}

function listed(names: unknown): string {
  return Array.isArray(names) ? names.map(String).join(', ') : ''
}

/** What is said in words of its own; the rest stands behind as `key value`. */
function textOf(data: Record<string, unknown>): string {
  const { name, group, attempt, verdict, runMs, blockedMs, error, worker: _, timedOut, sure, at, why, ...rest } = data
  const parts: string[] = []
  if (typeof name === 'string') parts.push(typeof group === 'string' ? `${name} of ${group}` : name)
  if (typeof verdict === 'string') parts.push(verdict === 'retry' ? 'failed, and is tried again' : verdict)
  if (typeof attempt === 'number' && attempt > 1) parts.push(`attempt ${attempt}`)
  if (timedOut === true) parts.push('ran out of time')
  if (typeof runMs === 'number') parts.push(`after ${duration(runMs)}`)
  if (typeof blockedMs === 'number')
    parts.push(`${sure === 'exact' ? '' : 'perhaps '}blocked the loop for ${duration(blockedMs)}`)
  if (typeof at === 'string') parts.push(`at ${at}`)
  if (typeof why === 'string') parts.push(why)
  for (const [key, value] of Object.entries(rest)) {
    if (value !== undefined && value !== null && value !== '') parts.push(`${key} ${plainly(value)}`)
  }
  const text = parts.join(', ')
  return typeof error === 'string' ? `${text}${text === '' ? '' : ': '}${error}` : text
}

function plainly(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}
