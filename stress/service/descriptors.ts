import { readFileSync } from 'node:fs'

/** Files, the store, pipes, and the sockets that close while their successors open. */
const reserveShare = 0.15
const reserveMin = 64

/**
 * How many sockets a process may safely open under its descriptor limit; undefined where the limit cannot be read (macOS,
 * Windows). Node has raised the soft limit to the hard one when it started; nothing else is raised here.
 */
export function socketsAllowed(
  limitsText: string | undefined = ownLimits(),
): { limit: number; sockets: number } | undefined {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limitsText ?? '')?.[1]
  if (soft === undefined) return undefined
  const limit = soft === 'unlimited' ? 1_048_576 : Number(soft)
  return { limit, sockets: Math.max(1, Math.floor(limit - Math.max(reserveMin, limit * reserveShare))) }
}

function ownLimits(): string | undefined {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return undefined
  }
}
