import { FiberWorkError } from '../../src/contract/index.ts'
import type { Call } from '../../src/contract/index.ts'
import type { Session } from './sessions.ts'
import type { Waiter } from './waiting.ts'

/** The newest call of a lane and what it was answered: a reserve that still waits has only a promise. */
export interface CallRecord {
  seq: number
  verb: string
  answer: unknown
  waiter?: Waiter
}

/**
 * The record of a call that was made before, or undefined for a new one. A call older than the newest of its lane is
 * refused: its answer is no longer known, and to do it again would do it twice.
 */
export function recordOfCall(session: Session, { lane, seq }: Call, verb: string): CallRecord | undefined {
  const record = session.calls[lane]
  if (record === undefined || seq > record.seq) {
    // One call a lane: who goes on to the next has given up the answer of the last.
    record?.waiter?.end()
    return undefined
  }
  if (seq === record.seq && verb === record.verb) return record
  throw new FiberWorkError(
    'FW_STORE_FAILED',
    `Call ${seq} (${verb}) of lane ${lane} comes after ${record.seq} (${record.verb}): its answer is no longer known`,
    { retryable: false },
  )
}

/** Do it once: the same call is answered from its record. What fails is not recorded, and has changed nothing. */
export function once<T>(session: Session, call: Call, verb: string, run: () => T): T {
  const record = recordOfCall(session, call, verb)
  if (record !== undefined) return record.answer as T
  const answer = run()
  session.calls[call.lane] = { seq: call.seq, verb, answer }
  return answer
}
