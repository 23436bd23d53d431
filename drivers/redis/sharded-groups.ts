import type { GroupDepth } from '../../src/contract/index.ts'
import { leftTogether } from './sharded-left.ts'

/** A group lives on one shard; the jobs without one are on all of them, and held when each that has some of them holds them. */
export function mergeGroups(parts: readonly GroupDepth[][], limit: number): GroupDepth[] {
  const whole = new Map<string | undefined, GroupDepth>()
  for (const part of parts.flat()) {
    const other = whole.get(part.group)
    whole.set(part.group, other === undefined ? part : fuller(other, part))
  }
  return [...whole.values()].sort((a, b) => b.ready - a.ready || b.running - a.running).slice(0, limit)
}

function fuller(one: GroupDepth, other: GroupDepth): GroupDepth {
  const { held: _held, nextInMs: _next, ...rest } = one
  const free = [one, other].some(({ ready, held }) => ready > 0 && held === undefined)
  const held = free ? undefined : (one.held ?? other.held)
  const moments = [one, other].flatMap(({ nextInMs }) => nextInMs ?? [])
  const left = leftTogether(one.left, other.left)
  return {
    ...rest,
    ready: one.ready + other.ready,
    running: one.running + other.running,
    ...(held !== undefined && { held }),
    ...(held !== undefined && moments.length > 0 && { nextInMs: Math.min(...moments) }),
    ...(left !== undefined && { left }),
  }
}
