import type { JobState } from '../../src/contract/job.ts'
import type { Expectation } from '../jobs/kind.ts'

/** One job of a run without faults: what it had to do, and what it did. */
export interface Entry {
  /** For messages: its number, kind and id. */
  name: string
  expect: Expectation
  /** How often its handler was entered, by the handler's own count. */
  executions: number
  /** What the store says; undefined when it does not know the job. */
  state: JobState | undefined
}

export interface Account {
  done: number
  dead: number
  /** Did not end as it had to, or ran less often than it had to. */
  lost: number
  /** Ran more often than it had to. */
  duplicated: number
  /** A line for each job that is not in order. */
  problems: string[]
}

/** Every job accounted for exactly once, or which are not. */
export function account(entries: Iterable<Entry>): Account {
  const found: Account = { done: 0, dead: 0, lost: 0, duplicated: 0, problems: [] }
  for (const { name, expect, executions, state } of entries) {
    if (state === 'done') found.done++
    else if (state === 'dead' || state === 'cancelled' || state === 'quarantined') found.dead++
    const isLost = state !== expect.state || executions < expect.executions
    const isDouble = executions > expect.executions
    if (isLost) found.lost++
    if (isDouble) found.duplicated++
    if (!isLost && !isDouble) continue
    const times = (count: number) => `${count} ${count === 1 ? 'execution' : 'executions'}`
    found.problems.push(
      `${name}: expected ${expect.state} after ${times(expect.executions)}, found ${state ?? 'no record'} after ${times(executions)}`,
    )
  }
  return found
}
