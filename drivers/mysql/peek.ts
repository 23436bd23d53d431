import type { JobRecord } from '../../src/contract/index.ts'
import { Door } from './admit.ts'
import { recordsByNumber } from './records.ts'
import { admitAll } from './reserve.ts'
import { limitsOf, places } from './rows.ts'
import { takeTurns } from '../sql/turns.ts'
import type { Unit } from './unit.ts'

/** The next jobs in the order of the turns, limits aside. What is due becomes ready on the way, as in a reserve. */
export async function peekQueue(unit: Unit, q: number, limit: number): Promise<JobRecord[]> {
  const door = new Door(unit, q)
  await unit.ask([...unit.locking([q]), unit.linesByTurn(q, limit), ...unit.linesAside(q, limit), ...door.ask(limit)])
  await admitAll(unit, [{ door }])
  const queue = unit.queues.get(q)
  if (queue === undefined) return []
  const lines = [...queue.lines.values()]
    .filter(({ place }) => place !== places.empty)
    .sort((a, b) => a.turn - b.turn || a.line - b.line)
  const stands = lines.map((line) => ({
    turn: Math.max(line.turn, queue.turn),
    weight: limitsOf(line).weight ?? 1,
    available: line.ready,
  }))
  const turns = takeTurns(stands, limit)
  const counts = lines.map(() => 0)
  for (const i of turns) counts[i]!++
  const heads = await headsOf(
    unit,
    q,
    lines.map(({ line }) => line),
    counts,
  )
  const next = lines.map(() => 0)
  const ns = turns.flatMap((i) => heads[i]![next[i]!++] ?? [])
  return recordsByNumber(unit.sql, q, ns, unit.nowMs)
}

async function headsOf(
  { sql }: Unit,
  q: number,
  lines: readonly number[],
  counts: readonly number[],
): Promise<number[][]> {
  const answers = await sql.run(
    lines.map(
      (line, i) =>
        `select n from ${sql.t.ready} where q = ${q} and line = ${line} order by q, line, prio, pos limit ${counts[i]}`,
    ),
  )
  return lines.map((_, i) => (answers[i] ?? []).map(([n]) => n as number))
}
