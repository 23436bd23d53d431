import { meterAtMs, meterNow, payMeter } from '../../src/base/meter.ts'
import { type Line, limitsOf, places, type Queue } from './rows.ts'
import { type Stand, takeTurns } from '../sql/turns.ts'
import type { Unit } from './unit.ts'

/** Lines looked at in one reserve, at most: whoever is parked on the way does not come again before its time. */
const lookedAtMax = 1_000

/** Parked lines that come back to the turns in one reserve, at most. */
export const wakeMax = 250

/** Lines that share one reserve: one in four jobs may be of another line, and all of them when few are wanted. */
export const linesFor = (count: number): number => Math.max(2, Math.min(count, 16), Math.ceil(count / 4))

/** What was taken from the head of a line: how many left it, and how many of those can be given out. */
export interface Took {
  left: number
  taken: number
}

/** Takes so many jobs from the heads of these lines, in one trip. */
export type Take = (heads: { line: Line; count: number }[]) => Promise<Took[]>

/** How many jobs may be taken from a queue now, and if none: from when on (Infinity when no clock tells). */
export function allowanceOf(queue: Queue, nowMs: number): { count: number; wakeAtMs: number } {
  const limits = queue.limits ?? {}
  const free = (limits.concurrencyMax ?? Infinity) - queue.running
  if (queue.paused || free <= 0) return { count: 0, wakeAtMs: Infinity }
  const wakeAtMs = Math.max(queue.frozenUntilMs, meterAtMs(limits, queue, nowMs))
  return { count: wakeAtMs > nowMs ? 0 : Math.min(free, meterNow(limits, queue, nowMs)), wakeAtMs }
}

/**
 * Share out at most `limit` jobs among the lines of a queue, fair turns by virtual time. The lines whose turn is next have been
 * asked for, as many as `linesFor` says, and those that are to wake. Lines that may not give anything now leave the turns until
 * they may.
 */
export async function shareOut(unit: Unit, queue: Queue, limit: number, take: Take): Promise<Line[]> {
  for (const line of queue.lines.values()) {
    if (line.place === places.parked && line.wakeAtMs <= unit.nowMs) unit.put(line, places.turns)
  }
  const order: Line[] = []
  let left = Math.min(limit, allowanceOf(queue, unit.nowMs).count)
  for (let lookedAt = 0; left > 0 && lookedAt < lookedAtMax;) {
    const wanted = linesFor(left)
    if (lookedAt > 0 && !queue.hasAllTurns) await unit.ask([unit.linesByTurn(queue.q, queue.lines.size + wanted)])
    const lines = unit.turnsOf(queue).slice(0, wanted)
    lookedAt += lines.length
    const taken = await shareOnce(unit, lines, left, take)
    for (const line of taken) order.push(line)
    left -= taken.length
    if (lines.length < wanted && taken.length === 0) break
  }
  if (queue.limits !== undefined && order.length > 0) payMeter(queue.limits, queue, unit.nowMs, order.length)
  return order
}

async function shareOnce(unit: Unit, lines: Line[], limit: number, take: Take): Promise<Line[]> {
  const stands = lines.map((line) => standOf(unit, line))
  const turns = takeTurns(stands, limit)
  const counts = lines.map(() => 0)
  for (const i of turns) counts[i]!++
  const found = await give(unit, lines, counts, take)
  // While a line is alone no time passes: there is nobody to be fair to, and who comes later has missed nothing.
  if (lines.length > 1) moveOn(lines, stands, turns)
  return turns.filter((i) => found[i]!-- > 0).map((i) => lines[i]!)
}

/** The virtual time of the lines that were served, and of their queue. */
function moveOn(lines: Line[], stands: Stand[], turns: number[]): void {
  for (const i of new Set(turns)) {
    lines[i]!.turn = stands[i]!.turn
    lines[i]!.dirty = true
  }
  const last = turns.at(-1)
  if (last === undefined) return
  const { queue } = lines[last]!
  queue.turn = Math.max(queue.turn, stands[last]!.turn - 1 / stands[last]!.weight)
}

/** Take from the lines, and pay for it. */
async function give(unit: Unit, lines: Line[], counts: number[], take: Take): Promise<number[]> {
  const heads = lines.map((line, i) => ({ line, count: counts[i]! })).filter(({ count }) => count > 0)
  const took = heads.length === 0 ? [] : await take(heads)
  heads.forEach(({ line, count }, i) => {
    const { left, taken } = took[i]!
    // Fewer than its counter says: the counter had drifted, and is put right.
    unit.ready(line, left < count ? -line.ready : -left)
    unit.running(line, taken)
    if (taken > 0) payMeter(limitsOf(line), line, unit.nowMs, taken)
    if (line.ready <= 0) unit.put(line, places.empty)
  })
  const byLine = new Map(heads.map(({ line }, i) => [line, took[i]!.taken]))
  return lines.map((line) => byLine.get(line) ?? 0)
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
