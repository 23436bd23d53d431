import { readFileSync } from 'node:fs'

/** Left for files, stores, servers and whatever else opens descriptors in this process. */
const headroomShare = 0.15
const headroomMin = 64
const socketsMin = 16

/**
 * How many files this process may open: its soft limit, which Node raises to the hard one when it starts. Undefined where
 * it cannot be read (macOS, Windows).
 */
export function descriptorLimit(limits: string | undefined = ownLimits()): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? 1_048_576 : Number(soft)
}

/** How many of them may be sockets, so that the rest of the process goes on working; never less than 16. */
export function socketsBelow(limit: number): number {
  return Math.max(socketsMin, Math.floor(limit - Math.max(headroomMin, limit * headroomShare)))
}

function ownLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return undefined
  }
}
