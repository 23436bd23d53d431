import { redact, redactText } from '../../base/redact.ts'
import type { JobRecord } from '../../contract/job.ts'
import type { Api } from '../api.ts'
import type { Caller } from '../auth/caller.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import { mayDo, rolesWith } from '../auth/roles.ts'
import type { JobView } from '../schemas/job.ts'
import { contentView, type Payloads } from './content.ts'
import { isoTime } from './time.ts'

export function payloadsFor(caller: Caller, reveal = false): Payloads {
  if (!mayDo(caller.role, 'inspect')) return 'hidden'
  return reveal && mayDo(caller.role, 'manage') ? 'shown' : 'masked'
}

/** The same for a query's `reveal`. Throws `FW_API_FORBIDDEN` for whoever may not. */
export function payloadsAsked(caller: Caller, reveal: 'true' | 'false' | undefined): Payloads {
  if (reveal !== 'true' || mayDo(caller.role, 'manage')) return payloadsFor(caller, reveal === 'true')
  throw new FiberWorkError(
    'FW_API_FORBIDDEN',
    `"${caller.name}" has the role ${caller.role}; \`reveal\` needs ${rolesWith('manage').join(' or ')}.`,
  )
}

/** A job's record as JSON. `row`: one of many, with the first line of what failed before. */
export function jobView(
  api: Pick<Api, 'client' | 'definitions'>,
  record: JobRecord,
  payloads: Payloads,
  detail: 'row' | 'whole' = 'row',
): JobView {
  const { job, state, attempts, crashes, session, cancelling, error, failures } = record
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
    ...(failures !== undefined && {
      failures: failures.map(({ atMs, attempt, error }) => ({
        at: isoTime(atMs),
        attempt,
        error: errorView(detail === 'row' ? headline(error) : error, payloads),
      })),
    }),
    ...(payloads !== 'hidden' && payloadOf(api, record, payloads)),
    payloads,
  }
}

/** A reader is told what kind of error it was; its stack and the rest of its words may hold what the job was given. */
function errorView(error: string, payloads: Payloads): string {
  if (payloads === 'shown') return error
  return redactText(payloads === 'hidden' ? headline(error) : error)
}

const headline = (error: string): string => error.split('\n', 1)[0]!.slice(0, 500)

function payloadOf(
  api: Pick<Api, 'client' | 'definitions'>,
  record: JobRecord,
  payloads: Exclude<Payloads, 'hidden'>,
): Partial<JobView> {
  const { job, progress } = record
  const told = progress === undefined ? undefined : parsed(progress)
  return {
    ...contentView(api, record, payloads),
    ...(job.headers !== undefined && {
      headers: payloads === 'shown' ? job.headers : (redact(job.headers) as Record<string, string>),
    }),
    ...(told !== undefined && { progress: payloads === 'shown' ? told : redact(told) }),
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
