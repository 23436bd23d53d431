import { readFileSync } from 'node:fs'

/** Where the limit cannot be read (macOS, Windows). */
const unknownMax = 4_096
/** Left for files, stores, servers and whatever else opens descriptors in this process. */
const headroomShare = 0.15
const headroomMin = 64

let cached: number | undefined

/**
 * How many sockets all HTTP clients of this process may hold at once: the soft descriptor limit less a headroom, read
 * once. (Node raises its soft limit to the hard one when it starts.)
 */
export function socketsMax(): number {
  cached ??= below(softLimit())
  return cached
}

/** The number of sockets to allow under a descriptor limit; never less than 16. */
export function below(limit: number | undefined): number {
  if (limit === undefined) return unknownMax
  return Math.max(16, Math.floor(limit - Math.max(headroomMin, limit * headroomShare)))
}

function softLimit(): number | undefined {
  try {
    return parseLimits(readFileSync('/proc/self/limits', 'utf8'))
  } catch {
    return undefined
  }
}

export function parseLimits(text: string): number | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]
  if (soft === undefined) return undefined
  return soft === 'unlimited' ? 1_048_576 : Number(soft)
}
