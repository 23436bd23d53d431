import { takeTokensOfAll, tokensAtMsOfAll, tokensNowOfAll } from '../../src/base/bucket.ts'
import type { Stand } from './turns.ts'
import { takeTurns } from './turns.ts'
import { type Line, limitsOf, places, type Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** Lines looked at in one reserve, at most: whoever is parked on the way does not come again before its time. */
const lookedAtMax = 1_000

/** Parked lines that come back to the turns in one reserve, at most. */
const wakeMax = 250

/** Lines that share one reserve: one in four jobs may be of another line, and all of them when few are wanted. */
const linesFor = (count: number): number => Math.max(2, Math.min(count, 16), Math.ceil(count / 4))

/** How many jobs of a line, in the order of the turns. */
export interface Share {
  line: Line
  count: number
}

/** How many jobs may be taken from a queue now, and if none: from when on (Infinity when no clock tells). */
export function allowanceOf(queue: Queue, nowMs: number): { count: number; wakeAtMs: number } {
  if (queue.paused) return { count: 0, wakeAtMs: Infinity }
  if (queue.frozenUntilMs > nowMs) return { count: 0, wakeAtMs: queue.frozenUntilMs }
  const { rates = [], concurrencyMax = Infinity } = queue.limits ?? {}
  const free = concurrencyMax - queue.running
  if (free <= 0) return { count: 0, wakeAtMs: Infinity }
  const tokens = tokensNowOfAll(rates, queue.buckets, nowMs)
  if (tokens <= 0) return { count: 0, wakeAtMs: tokensAtMsOfAll(rates, queue.buckets, nowMs, 1) }
  return { count: Math.min(free, tokens), wakeAtMs: nowMs }
}

/**
 * Share out at most `limit` jobs among the lines of a queue, fair turns by virtual time. `take` takes them; it may find
 * fewer than the line says. Lines that may not give anything now leave the turns until they may.
 */
export function shareOut(unit: Unit, queue: Queue, limit: number, take: (line: Line, count: number) => number): Line[] {
  for (const line of unit.linesToWake(queue, wakeMax)) unit.put(line, places.turns)
  const rates = queue.limits?.rates ?? []
  const order: Line[] = []
  let left = Math.min(limit, allowanceOf(queue, unit.nowMs).count)
  for (let lookedAt = 0; left > 0 && lookedAt < lookedAtMax;) {
    const wanted = linesFor(left)
    const lines = unit.linesByTurn(queue, wanted)
    lookedAt += lines.length
    const taken = shareOnce(unit, lines, left, lines.length === 1, take)
    for (const line of taken) order.push(line)
    left -= taken.length
    if (lines.length < wanted && taken.length === 0) break
  }
  if (rates.length > 0) queue.buckets = takeTokensOfAll(rates, queue.buckets, unit.nowMs, order.length)
  return order
}

function shareOnce(
  unit: Unit,
  lines: Line[],
  limit: number,
  alone: boolean,
  take: (line: Line, count: number) => number,
): Line[] {
  const stands = lines.map((line) => standOf(unit, line))
  const turns = takeTurns(stands, limit)
  const counts = lines.map(() => 0)
  for (const i of turns) counts[i]!++
  const last = turns.at(-1)
  if (last !== undefined) {
    const { queue } = lines[last]!
    queue.turn = Math.max(queue.turn, stands[last]!.turn - 1 / stands[last]!.weight)
  }
  const found = counts.map((count, i) => (count === 0 ? 0 : give(unit, lines[i]!, count, take)))
  // A line that is alone keeps its turn: there is nobody to be fair to, and the index need not move.
  if (!alone) lines.forEach((line, i) => counts[i]! > 0 && unit.setTurn(line, stands[i]!.turn))
  return turns.filter((i) => found[i]!-- > 0).map((i) => lines[i]!)
}

/** Take from one line, and pay for it. */
function give(unit: Unit, line: Line, count: number, take: (line: Line, count: number) => number): number {
  const taken = take(line, count)
  // Fewer than its counter says: the counter had drifted, and is put right.
  if (taken < count) unit.ready(line, taken - line.ready)
  unit.ready(line, -taken)
  unit.running(line, taken)
  const { rates = [] } = limitsOf(line)
  if (rates.length > 0) line.buckets = takeTokensOfAll(rates, line.buckets, unit.nowMs, taken)
  if (line.ready <= 0) unit.put(line, places.empty)
  return taken
}

/** What a line may give now; one that may give nothing leaves the turns. */
function standOf(unit: Unit, line: Line): Stand {
  const { rates = [], concurrencyMax = Infinity, weight = 1 } = limitsOf(line)
  const { nowMs } = unit
  const tokens = tokensNowOfAll(rates, line.buckets, nowMs)
  const free = concurrencyMax - line.running
  if (line.ready <= 0) unit.put(line, places.empty)
  else if (line.frozenUntilMs > nowMs) unit.put(line, places.parked, line.frozenUntilMs)
  else if (free <= 0) unit.put(line, places.capped)
  else if (tokens <= 0) unit.put(line, places.parked, tokensAtMsOfAll(rates, line.buckets, nowMs, 1))
  else return { turn: line.turn, weight, available: Math.min(line.ready, tokens, free) }
  return { turn: line.turn, weight, available: 0 }
}
