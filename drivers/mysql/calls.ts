import type { Call } from '../../src/contract/index.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Sql } from './sql.ts'
import type { Part, Unit } from './unit.ts'

export type Verb = 'enqueue' | 'reserve' | 'settle'

/** How long the answers of a session that has ended are remembered. */
export const callAgeMs = 3_600_000

/** What was answered to a call, if it was made before. */
export interface Recalled {
  answer?: string
}

/**
 * Ask for the recorded answer of this very call.
 * @throws FW_STORE_FAILED for a call older than the newest of its lane
 */
export function recall({ t, lock }: Sql, s: number, { lane, seq }: Call, verb: Verb, into: Recalled): Part {
  return {
    text: `select seq, convert(verb using utf8mb4) as made, answer from ${t.call} where s = ${s} and lane = ${lane}${lock}`,
    take: ([row]) => {
      const [newest, made, answer] = (row ?? [0, '', '']) as [number, string, string]
      if (newest < seq) return
      if (newest > seq || made !== verb) throw leftBehind(verb, { lane, seq }, `${made} ${newest}`)
      into.answer = answer
    },
  }
}

function leftBehind(verb: Verb, { lane, seq }: Call, newest: string): FiberWorkError {
  const message = `${verb} ${seq} cannot be answered: the newest call of lane ${lane} is ${newest}`
  return new FiberWorkError('FW_STORE_FAILED', message, { retryable: false })
}

/** Remember the answer in the same transaction as what it tells. */
export function remember(unit: Unit, s: number, { lane, seq }: Call, verb: Verb, answer: string): void {
  const { t, text } = unit.sql
  unit.pending.last.push(
    `insert into ${t.call} (s, lane, seq, verb, at, answer) values (${s},${lane},${seq},'${verb}',${unit.nowMs},${text(answer)})
     on duplicate key update seq = values(seq), verb = values(verb), at = values(at), answer = values(answer)`,
  )
}
