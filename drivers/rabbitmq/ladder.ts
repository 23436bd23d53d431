import { keyOf } from './names.ts'

/**
 * Delays without a plugin: for each queue a ladder of queues in which messages live for 64 ms, 128 ms, … 2³¹ ms and are then
 * dead-lettered one rung down. A delay is a binary number, and the routing key is that number, digit by digit: at each rung a topic
 * exchange lets a message wait where its digit is 1, and pass by where it is 0. All in one queue live equally long, so that none
 * waits behind a longer one. What is left below 64 ms, the worker that gets the message waits for itself.
 */
export const levelMin = 6
export const levelMax = 31
const levels = levelMax - levelMin + 1

/** Every rung, from the lowest. */
export const rungs = Array.from({ length: levels }, (_, i) => levelMin + i)

/** The shortest time that the ladder holds a message for. */
export const stepMs = 2 ** levelMin

/** What the ladder can hold in one go; a worker that gets a message before its time puts it up again. */
const unitsMax = 2 ** levels - 1

/** Where a message goes in and by which key; undefined where the delay is too short for the ladder. */
export function wayUp(queue: string, delayMs: number): { level: number; key: string } | undefined {
  const units = Math.min(unitsMax, Math.floor(delayMs / stepMs))
  if (units <= 0) return undefined
  const digits = units.toString(2)
  const key = `${digits.padStart(levels, '0').split('').join('.')}.${keyOf(queue)}`
  return { level: levelMin + digits.length - 1, key }
}

/** Messages of this queue that wait at this rung. */
export const stayKey = (queue: string, level: number): string =>
  [...stars(levelMax - level), '1', ...stars(level - levelMin), keyOf(queue)].join('.')

/** Messages that pass by this rung. */
export const passKey = (level: number): string => [...stars(levelMax - level), '0', '#'].join('.')

/** Messages of this queue that have waited. */
export const dueKey = (queue: string): string => `#.${keyOf(queue)}`

const stars = (count: number): string[] => Array.from({ length: count }, () => '*')
