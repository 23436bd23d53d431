import { removeOne } from './actions.ts'
import type { JobState } from '../../src/contract/index.ts'
import { stateCodes } from './codec.ts'
import { trimDone } from './history.ts'
import { findByN } from './jobs.ts'
import { promote } from './promote.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** Remove at most `limit` jobs of a queue that are in one of the states, oldest first; never running ones. */
export function purgeQueue(
  unit: Unit,
  name: string,
  states: readonly JobState[],
  limit: number,
): { removed: number; more: boolean } {
  const queue = unit.findQueue(name)
  if (queue === undefined) return { removed: 0, more: false }
  promote(unit, queue, limit)
  const before = held(queue, states)
  for (const state of states) {
    const left = limit - (before - held(queue, states))
    if (left > 0) purgeState(unit, queue, state, left)
  }
  const after = held(queue, states)
  return { removed: before - after, more: after > 0 }
}

const purged: readonly JobState[] = ['ready', 'delayed', 'done', 'dead', 'cancelled', 'quarantined']

/** How many jobs of these states the queue has. */
function held(queue: Queue, states: readonly JobState[]): number {
  let sum = 0
  for (const state of new Set(states)) if (purged.includes(state)) sum += queue[state as 'ready' | 'done']
  return sum
}

function purgeState(unit: Unit, queue: Queue, state: JobState, limit: number): void {
  switch (state) {
    case 'done':
      trimDone(unit, queue, { count: 0, ageMs: Infinity }, limit)
      return
    case 'ready':
      return removeAll(
        unit,
        'select r.n from fw_line i join fw_ready r on r.line = i.line where i.q = ? limit ? + 0',
        queue.q,
        limit,
      )
    case 'delayed':
      return removeAll(unit, 'select n from fw_delayed where q = ? order by due limit ? + 0', queue.q, limit)
    case 'dead':
    case 'cancelled':
    case 'quarantined':
      return removeAll(
        unit,
        `select f.n from fw_fate f join fw_line i on i.line = f.line
         where f.state = ${stateCodes[state]} and f.state > 2 and i.q = ? order by f.settled limit ? + 0`,
        queue.q,
        limit,
      )
    case 'running':
    case 'blocked':
      return
  }
}

function removeAll(unit: Unit, select: string, q: number, limit: number): void {
  for (const [n] of unit.sql.all<[number]>(select, q, limit)) {
    const job = findByN(unit, n)
    if (job !== undefined) removeOne(unit, job)
  }
}
