import type { JobRecord } from '../../contract/job.ts'
import { redactUrls } from '../../base/text.ts'
import { readResult } from '../../engine/result.ts'
import type { Caller } from '../auth/caller.ts'
import { mayDo } from '../auth/roles.ts'
import type { Definitions } from '../definitions.ts'
import type { JobView } from '../schemas/job.ts'
import { inputView } from './input.ts'
import { isoTime } from './time.ts'

/** How much of what jobs carry is shown: nothing to readers, all but the secrets to operators, all of it to an admin who asks. */
export type Payloads = JobView['payloads']

export function payloadsFor(caller: Caller, reveal = false): Payloads {
  if (!mayDo(caller.role, 'inspect')) return 'hidden'
  return reveal && mayDo(caller.role, 'manage') ? 'shown' : 'masked'
}

/** A job's record as JSON. */
export function jobView(record: JobRecord, payloads: Payloads, definitions: Definitions): JobView {
  const { job, state, attempts, crashes, session, cancelling, error } = record
  const { dueAtMs, startedAtMs, settledAtMs } = record
  return {
    id: job.id,
    name: job.name,
    queue: job.queue,
    state,
    priority: job.priority,
    attempts,
    crashes,
    ...(job.group !== undefined && { group: job.group }),
    ...(job.unique !== undefined && { unique: job.unique }),
    ...(job.tags !== undefined && { tags: job.tags }),
    enqueuedAt: isoTime(record.enqueuedAtMs),
    ...(dueAtMs !== undefined && { dueAt: isoTime(dueAtMs) }),
    ...(startedAtMs !== undefined && { startedAt: isoTime(startedAtMs) }),
    ...(settledAtMs !== undefined && { settledAt: isoTime(settledAtMs) }),
    ...(session !== undefined && { session }),
    ...(cancelling === true && { cancelling }),
    ...(error !== undefined && { error: errorView(error, payloads) }),
    ...(payloads !== 'hidden' && payloadOf(record, payloads, definitions)),
    payloads,
  }
}

/** A reader is told what kind of error it was; its stack and the rest of its words may hold what the job was given. */
function errorView(error: string, payloads: Payloads): string {
  return redactUrls(payloads === 'hidden' ? error.split('\n', 1)[0]!.slice(0, 500) : error)
}

function payloadOf(record: JobRecord, payloads: 'masked' | 'shown', definitions: Definitions): Partial<JobView> {
  const { job, progress } = record
  const result = resultOf(record)
  return {
    ...inputView(job, payloads, definitions),
    ...(job.headers !== undefined && { headers: job.headers }),
    ...(result !== undefined && { result }),
    ...(progress !== undefined && { progress: parsed(progress) }),
  }
}

/** What a done job has answered; undefined when it answered nothing, or when that was too large to be kept. */
export function resultOf({ result }: JobRecord): unknown {
  try {
    return readResult(result)
  } catch {
    return undefined
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
