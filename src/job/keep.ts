import { defaults } from '../base/defaults.ts'
import { terminalStates, type TerminalState } from '../contract/job.ts'
import type { Keep, QueueKeep } from '../contract/verdict.ts'
import { anObject, type Check, integer, milliseconds } from './check.ts'

/** What of its settled jobs a queue keeps, state by state: at most so many, each for at most so long; `false`: none. */
export type QueueKeepOption = { [State in TerminalState]?: Partial<Keep> | false }

const countMax = 10_000_000
const tenYearsMs = 10 * 365.25 * 86_400_000

/** What is not done the stores drop by themselves when it is that old. */
const ageMsMax = (state: TerminalState): number => (state === 'done' ? tenYearsMs : defaults.deadAgeMs)

export const keepCheck: Check = (value) => {
  const fine =
    anObject(value) === undefined &&
    Object.entries(value as object).every(([state, keep]) => isState(state) && isKeep(state, keep))
  return fine
    ? undefined
    : '{ done?, dead?, cancelled?, quarantined? }, each { count?, ageMs? } or false; up to 14 days for what is not done'
}

function isState(state: string): state is TerminalState {
  return (terminalStates as readonly string[]).includes(state)
}

function isKeep(state: TerminalState, keep: unknown): boolean {
  if (keep === undefined || keep === false) return true
  if (anObject(keep) !== undefined) return false
  const { count, ageMs, ...rest } = keep as Record<string, unknown>
  return (
    (count !== undefined || ageMs !== undefined) &&
    (count === undefined || integer(0, countMax)(count) === undefined) &&
    (ageMs === undefined || milliseconds(0, ageMsMax(state))(ageMs) === undefined) &&
    Object.keys(rest).length === 0
  )
}

/** With what was left out filled in. */
export function queueKeepOf(option: QueueKeepOption): QueueKeep {
  const keeps = Object.entries(option).filter(([, keep]) => keep !== undefined) as [
    TerminalState,
    Partial<Keep> | false,
  ][]
  return Object.fromEntries(
    keeps.map(([state, keep]): [TerminalState, Keep] => [
      state,
      keep === false ? { count: 0, ageMs: 0 } : { count: countMax, ageMs: ageMsMax(state), ...keep },
    ]),
  )
}
