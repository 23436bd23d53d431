import { removeOne } from './actions.ts'
import type { JobState } from '../../src/contract/index.ts'
import { Door } from './admit.ts'
import { stateCodes } from './codec.ts'
import { History } from './history.ts'
import { findJobs, foundIn, linesOfFound } from './jobs.ts'
import { admitAll } from './reserve.ts'
import type { Queue } from './rows.ts'
import type { Unit } from './unit.ts'

const purged: readonly JobState[] = ['ready', 'delayed', 'done', 'dead', 'cancelled', 'quarantined']

/** Remove at most `limit` jobs of a queue that are in one of the states, oldest first; never running ones. */
export async function purgeQueue(
  unit: Unit,
  q: number,
  states: readonly JobState[],
  limit: number,
): Promise<{ removed: number; more: boolean }> {
  const door = new Door(unit, q)
  const history = new History(unit)
  await unit.ask([...unit.locking([q]), ...door.ask(limit), history.ask(q)])
  await admitAll(unit, [{ door }])
  const queue = unit.queues.get(q)
  if (queue === undefined) return { removed: 0, more: false }
  const wanted = [...new Set(states)].filter((state) => purged.includes(state))
  const before = held(queue, wanted)
  let trimmed = 0
  for (const state of wanted) {
    const left = limit - trimmed - (before - held(queue, wanted))
    if (left <= 0) break
    if (state === 'done') trimmed = history.trim(queue, { count: 0, ageMs: Infinity }, left)
    else await removeAll(unit, q, waitingOrFailed(unit, q, state, left))
  }
  const after = held(queue, wanted) - trimmed
  return { removed: before - after, more: after > 0 }
}

/** How many jobs of these states the queue has. */
const held = (queue: Queue, states: readonly JobState[]): number =>
  states.reduce((sum, state) => sum + queue[state as 'ready'], 0)

function waitingOrFailed({ sql: { t } }: Unit, q: number, state: JobState, limit: number): string {
  switch (state) {
    case 'ready':
      return `select n from ${t.ready} where q = ${q} order by q, line, prio, pos limit ${limit}`
    case 'delayed':
      return `select n from ${t.delayed} where q = ${q} order by q, due, n limit ${limit}`
    default: {
      const code = stateCodes[state as 'dead' | 'cancelled' | 'quarantined']
      return `select n from ${t.failed} where q = ${q} and state = ${code} order by q, state, settled, n limit ${limit}`
    }
  }
}

async function removeAll(unit: Unit, q: number, select: string): Promise<void> {
  const [rows = []] = await unit.sql.run([select])
  const ns = rows.map(([n]) => n as number)
  await unit.ask(findJobs(unit, q, ns))
  const lines = linesOfFound(unit)
  if (lines.length > 0) await unit.ask(lines)
  for (const n of ns) {
    const job = foundIn(unit, q, n)
    if (job !== undefined) removeOne(unit, job)
  }
}
