import { groupDepthOf } from '../../src/base/limits-left.ts'
import type { GroupDepth } from '../../src/contract/index.ts'
import { boundsOf } from './bounds.ts'
import { unwire, wire } from './codec.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const script = loadScript('groups')

/** Scripts that look for groups, 200 each, in each of the places where they stand, and for jobs that run, 1,000 each. */
const slicesMost = { ring: 50, wait: 50, cap: 50, run: 20 }
/** Groups with jobs that are ready or run, those with most ready jobs first. */
export async function groupDepths(link: Link, queue: string, limit: number): Promise<GroupDepth[]> {
  const found = new Map<string, { ready: number; running: number }>()
  for (const where of ['ring', 'wait', 'cap', 'run'] as const) {
    for await (const [group, count] of groupsAt(link, queue, where)) {
      const { ready, running } = found.get(group) ?? { ready: 0, running: 0 }
      // Who is met twice has moved on meanwhile, or was parked.
      found.set(
        group,
        where === 'run' ? { ready, running: running + count } : { ready: Math.max(ready, count), running },
      )
    }
  }
  const first = [...found].sort(([, a], [, b]) => b.ready - a.ready || b.running - a.running).slice(0, limit)
  const {
    nowMs,
    queue: whole,
    groups,
  } = await boundsOf(link, queue, new Map(first.map(([group, { running }]) => [group, running])))
  return first.map(([group, { ready, running }]) =>
    groupDepthOf(
      { ...(group !== '-' && { group: unwire(group.slice(1)) }), ready, running },
      groups.get(group)!,
      whole,
      nowMs,
    ),
  )
}

async function* groupsAt(link: Link, queue: string, where: keyof typeof slicesMost): AsyncGenerator<[string, number]> {
  let from = ''
  for (let slice = 0; slice < slicesMost[where]; slice++) {
    const [next, ...flat] = (await link.run(script, [wire(queue), where, from])) as [string, ...(string | number)[]]
    for (let i = 0; i < flat.length; i += 2) yield [String(flat[i]), Number(flat[i + 1])]
    if (next === '') return
    from = next
  }
}
