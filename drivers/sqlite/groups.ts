import { meterAtMs, meterNow, payMeter } from '../../src/base/meter.ts'
import type { Stand } from '../sql/turns.ts'
import { takeTurns } from '../sql/turns.ts'
import { type Line, limitsOf, places, type Queue } from './rows.ts'
import type { Unit } from './unit.ts'

/** Lines looked at in one reserve, at most: whoever is parked on the way does not come again before its time. */
const lookedAtMax = 1_000

/** Parked lines that come back to the turns in one reserve, at most. */
const wakeMax = 250

/** Lines that share one reserve: one in four jobs may be of another line, and all of them when few are wanted. */
const linesFor = (count: number): number => Math.max(2, Math.min(count, 16), Math.ceil(count / 4))

/** Takes at most `count` jobs from the head of a line: how many left it, and how many of those can be given out. */
export type Take = (line: Line, count: number) => { left: number; taken: number }

/** How many jobs may be taken from a queue now, and if none: from when on (Infinity when no clock tells). */
export function allowanceOf(queue: Queue, nowMs: number): { count: number; wakeAtMs: number } {
  const limits = queue.limits ?? {}
  const free = (limits.concurrencyMax ?? Infinity) - queue.running
  if (queue.paused || free <= 0) return { count: 0, wakeAtMs: Infinity }
  const wakeAtMs = Math.max(queue.frozenUntilMs, meterAtMs(limits, queue, nowMs))
  return { count: wakeAtMs > nowMs ? 0 : Math.min(free, meterNow(limits, queue, nowMs)), wakeAtMs }
}

/**
 * Share out at most `limit` jobs among the lines of a queue, fair turns by virtual time. `take` takes them; it may find
 * fewer than the line says. Lines that may not give anything now leave the turns until they may.
 */
export function shareOut(unit: Unit, queue: Queue, limit: number, take: Take): Line[] {
  for (const line of unit.linesToWake(queue, wakeMax)) unit.put(line, places.turns)
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
  if (queue.limits !== undefined && order.length > 0) payMeter(queue.limits, queue, unit.nowMs, order.length)
  return order
}

function shareOnce(unit: Unit, lines: Line[], limit: number, alone: boolean, take: Take): Line[] {
  const stands = lines.map((line) => standOf(unit, line))
  const turns = takeTurns(stands, limit)
  const counts = lines.map(() => 0)
  for (const i of turns) counts[i]!++
  const found = counts.map((count, i) => (count === 0 ? 0 : give(unit, lines[i]!, count, take)))
  // While a line is alone no time passes: there is nobody to be fair to, and who comes later has missed nothing.
  if (!alone) moveOn(unit, lines, stands, turns)
  return turns.filter((i) => found[i]!-- > 0).map((i) => lines[i]!)
}

/** The virtual time of the lines that were served, and of their queue. */
function moveOn(unit: Unit, lines: Line[], stands: Stand[], turns: number[]): void {
  for (const i of new Set(turns)) unit.setTurn(lines[i]!, stands[i]!.turn)
  const last = turns.at(-1)
  if (last === undefined) return
  const { queue } = lines[last]!
  queue.turn = Math.max(queue.turn, stands[last]!.turn - 1 / stands[last]!.weight)
}

/** Take from one line, and pay for it. */
function give(unit: Unit, line: Line, count: number, take: Take): number {
  const { left, taken } = take(line, count)
  // Fewer than its counter says: the counter had drifted, and is put right.
  unit.ready(line, left < count ? -line.ready : -left)
  unit.running(line, taken)
  if (taken > 0) payMeter(limitsOf(line), line, unit.nowMs, taken)
  if (line.ready <= 0) unit.put(line, places.empty)
  return taken
}

/** What a line may give now; one that may give nothing leaves the turns. */
function standOf(unit: Unit, line: Line): Stand {
  const limits = limitsOf(line)
  const { concurrencyMax = Infinity, weight = 1 } = limits
  const { nowMs } = unit
  const most = meterNow(limits, line, nowMs)
  const free = concurrencyMax - line.running
  if (line.ready <= 0) unit.put(line, places.empty)
  else if (line.frozenUntilMs > nowMs) unit.put(line, places.parked, line.frozenUntilMs)
  else if (free <= 0) unit.put(line, places.capped)
  else if (most <= 0) unit.put(line, places.parked, meterAtMs(limits, line, nowMs))
  else return { turn: line.turn, weight, available: Math.min(line.ready, most, free) }
  return { turn: line.turn, weight, available: 0 }
}
