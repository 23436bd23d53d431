import type { JobRecord, JobState } from '../../src/contract/index.ts'
import { unwire, wiredFailures } from '../redis-common/wire.ts'
import { type Fields, open, resultIn } from './codec.ts'

/** What `scripts/lib/look.lua` tells of a job; what does not apply is ''. */
export type Look = [
  state: JobState,
  queue: string,
  entry: string,
  fields: Fields,
  session: string,
  startedAt: string,
  dueAt: string,
  settledAt: string,
  progress: string,
  cancelling: 0 | 1,
]

export function recordOfLook(look: Look): JobRecord {
  const [state, queue, entry, fields, session, startedAt, dueAt, settledAt, progress, cancelling] = look
  const opened = open(queue, entry, fields)
  const running = state === 'running'
  const startedAtMs = startedAt === '' ? opened.startedAtMs : Number(startedAt)
  const result = resultIn(fields)
  return {
    job: opened.job,
    state,
    attempts: opened.attempts + (running ? 1 : 0),
    crashes: opened.crashes,
    enqueuedAtMs: opened.enqueuedAtMs,
    ...(dueAt !== '' && { dueAtMs: Number(dueAt) }),
    ...(startedAtMs !== undefined && { startedAtMs }),
    ...(settledAt !== '' && { settledAtMs: Number(settledAt) }),
    ...(session !== '' && { session }),
    ...(result !== undefined && { result }),
    ...(opened.failures !== undefined && { failures: wiredFailures(opened.failures) }),
    ...(opened.error !== undefined && { error: opened.error }),
    ...(progress !== '' && { progress: unwire(progress) }),
    ...(cancelling === 1 && { cancelling: true }),
  }
}
