import type { Call } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Stored } from './codec.ts'
import type { Sql } from './sql.ts'
import type { Unit } from './unit.ts'

export type Verb = 'enqueue' | 'reserve' | 'settle'

/** How long the answers of a session that has ended are remembered. */
export const callAgeMs = 3_600_000

/**
 * The recorded answer of this very call, if it was made before.
 * @throws FW_STORE_FAILED for a call older than the newest of its lane
 */
export function recall(sql: Sql, s: number, { lane, seq }: Call, verb: Verb): Stored | undefined {
  const found = sql.get<[number, string, Stored]>(
    'select seq, verb, answer from fw_call where s = ? and lane = ?',
    s,
    lane,
  )
  if (found === undefined || found[0] < seq) return undefined
  if (found[0] === seq && found[1] === verb) return found[2]
  const newest = `the newest call of lane ${lane} is ${found[1]} ${found[0]}`
  throw new FiberWorkError('FW_STORE_FAILED', `${verb} ${seq} cannot be answered: ${newest}`, { retryable: false })
}

/** Remember the answer in the same transaction as what it tells. */
export function remember(unit: Unit, s: number, { lane, seq }: Call, verb: Verb, answer: Stored): void {
  unit.sql.run(
    `insert into fw_call (s, lane, seq, verb, at, answer) values (?, ?, ?, ?, ?, ?) on conflict (s, lane) do update
     set seq = excluded.seq, verb = excluded.verb, at = excluded.at, answer = excluded.answer`,
    s,
    lane,
    seq,
    verb,
    unit.nowMs,
    answer,
  )
}
