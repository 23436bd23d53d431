import { type Bound, groupDepthOf } from '../../src/base/limits-left.ts'
import type { Meter } from '../../src/base/meter.ts'
import type { GroupDepth, LimitSettings } from '../../src/contract/index.ts'
import { unwire } from './codec.ts'

/** As sql/functions/02-meter.sql writes it. */
export interface StoredMeter {
  full?: number[]
  spent?: { end: number; jobs: number }
}

interface Bounding {
  running: number
  limits: LimitSettings | null
  frozenUntil: number
  meter: StoredMeter | null
}

/** What sql/functions/17-groups.sql answers. */
export interface GroupsRead extends Bounding {
  now: number
  groupLimits: LimitSettings | null
  groups: (Bounding & { grp: string | null; ready: number })[]
}

/** Undefined: there is no such queue. */
export function groupsOf(read: GroupsRead | undefined): GroupDepth[] {
  if (read === undefined) return []
  const whole = boundOf(read, undefined)
  return read.groups.map((group) => {
    const { grp, ready, running } = group
    const counts = { ...(grp !== null && { group: unwire(grp) }), ready, running }
    return groupDepthOf(counts, boundOf(group, read.groupLimits), whole, read.now)
  })
}

export function meterOf(stored: StoredMeter | null): Meter {
  const { full = [], spent } = stored ?? {}
  return { buckets: full, spent: spent && { endMs: spent.end, jobs: spent.jobs } }
}

function boundOf({ running, limits, frozenUntil, meter }: Bounding, shared: LimitSettings | null | undefined): Bound {
  return { ...meterOf(meter), limits: { ...shared, ...limits }, running, frozenUntilMs: frozenUntil }
}
