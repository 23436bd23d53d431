import { failuresIn } from '../../src/base/failures.ts'
import type { Failure, JobRecord, JobState } from '../../src/contract/index.ts'
import { jobOf, unwire } from './codec.ts'

/** The answer of the function `record`. */
export interface Recorded {
  id: string
  queue: string
  grp: string | null
  rank: number
  name: string
  at: number
  extra: string | null
  body: string
  state: JobState
  due: number | null
  attempts: number
  crashes: number
  started: number | null
  settled: number | null
  session: string | null
  result: string | null
  error: string | null
  progress: string | null
  failures: string | null
  cancelling: boolean | null
}

export function recordOf(recorded: Recorded): JobRecord {
  const {
    id,
    queue,
    name,
    rank,
    grp,
    extra,
    body,
    state,
    due,
    started,
    settled,
    session,
    result,
    error,
    progress,
    failures,
  } = recorded
  return {
    job: jobOf(id, unwire(queue), name, rank, grp, extra, body),
    state,
    attempts: recorded.attempts,
    crashes: recorded.crashes,
    enqueuedAtMs: recorded.at,
    ...(state === 'delayed' && due !== null && { dueAtMs: due }),
    ...(started !== null && { startedAtMs: started }),
    ...(settled !== null && { settledAtMs: settled }),
    ...(session !== null && { session }),
    ...(result !== null && { result: unwire(result) }),
    ...(error !== null && { error: unwire(error) }),
    ...(progress !== null && { progress: unwire(progress) }),
    ...(failures !== null && { failures: failuresIn(failures).map(unwired) }),
    ...(recorded.cancelling === true && { cancelling: true }),
  }
}

const unwired = (failure: Failure): Failure => ({ ...failure, error: unwire(failure.error) })
