import { isFiberWorkError, type JobRecord } from '../../src/contract/index.ts'
import { promote } from './promote.ts'
import { readRecord, recordByN } from './records.ts'
import { takeTurns } from '../sql/turns.ts'
import { limitsOf } from './rows.ts'
import type { Unit } from './unit.ts'

/** One that cannot be read is left out: a list tells of it. */
function readable(unit: Unit, n: number): JobRecord | undefined {
  try {
    return readRecord(unit.sql, recordByN, n, unit.nowMs)
  } catch (error) {
    if (isFiberWorkError(error) && error.code === 'FW_STORE_CORRUPT') return undefined
    throw error
  }
}

/** The next jobs in the order of the turns, limits aside. What is due becomes ready on the way, as in a reserve. */
export function peekQueue(unit: Unit, name: string, limit: number): JobRecord[] {
  const queue = unit.findQueue(name)
  if (queue === undefined) return []
  promote(unit, queue, limit)
  const lines = unit.linesWaiting(queue, limit)
  const stands = lines.map((line) => ({
    turn: Math.max(line.turn, queue.turn),
    weight: limitsOf(line).weight ?? 1,
    available: line.ready,
  }))
  const turns = takeTurns(stands, limit)
  const counts = lines.map(() => 0)
  for (const i of turns) counts[i]!++
  const heads = lines.map((line, i) =>
    unit.sql.all<[number]>(
      'select n from fw_ready where line = ? order by rank, pos limit ? + 0',
      line.line,
      counts[i]!,
    ),
  )
  const next = lines.map(() => 0)
  return turns.flatMap((i) => {
    const n = heads[i]![next[i]!++]?.[0]
    return (n === undefined ? undefined : readable(unit, n)) ?? []
  })
}
