import type { Entry } from '../../drivers/memory/entry.ts'
import type { Driver } from '../../src/contract/driver.ts'
import type { LimitSettings } from '../../src/contract/limits.ts'
import type { QueueLimit } from './limits.ts'
import type { Mutant } from './mutants.ts'
import { afterSettle, entryOf, instead } from './mutants-store.ts'
import type { World } from './world.ts'

/** Limits that reach the store as something else. */
const changed =
  (change: (settings: LimitSettings) => LimitSettings) =>
  ({ queue, groups, own }: QueueLimit): QueueLimit => ({
    queue: change(queue),
    groups: change(groups),
    own: Object.fromEntries(Object.entries(own).map(([name, settings]) => [name, change(settings)])),
  })

const withQuota = (change: (quota: NonNullable<LimitSettings['quota']>) => LimitSettings['quota']) =>
  changed(({ quota, ...settings }) => {
    const other = quota === undefined ? undefined : change(quota)
    return other === undefined ? settings : { ...settings, quota: other }
  })

/** Its loan has ended as this kind: the group goes on counting it. */
const keepsTheCap =
  (kind: 'retry' | 'release') =>
  (driver: Driver, world: World): Driver =>
    afterSettle(driver, ({ receipt, verdict }, answer) => {
      const entry = entryOf(world, receipt)
      const isIt = verdict.kind === kind && verdict.due !== undefined && answer.outcome === 'settled'
      if (isIt && entry !== undefined) entry.group.running++
      return answer
    })

/** Groups that were let go from their cap are put back to it. */
function parkAgain(world: World, capped: ReadonlySet<Entry['group']>): void {
  for (const queue of world.memory.queues.values()) {
    for (const group of [...queue.groups.values()].filter((one) => capped.has(one) && one.parked === 'no')) {
      if (group.heapAt >= 0) queue.ring.remove(group)
      group.parked = 'cap'
      queue.capped.add(group)
    }
  }
}

/** Groups, turns, caps, rates, quotas. */
export const limitMutants: Mutant[] = [
  { name: 'cap-kept-on-delayed-retry', driver: keepsTheCap('retry') },
  { name: 'cap-kept-on-release', driver: keepsTheCap('release') },
  { name: 'rates-ignored', limit: changed((settings) => ({ ...settings, rates: [] })) },
  { name: 'weights-ignored', limit: changed((settings) => ({ ...settings, weight: 1 })) },
  { name: 'limits-of-one-group-ignored', limit: (limit) => ({ ...limit, own: {} }) },
  { name: 'quota-off-by-one', limit: withQuota((quota) => ({ ...quota, jobs: quota.jobs + 1 })) },
  {
    name: 'quota-window-opens-early',
    limit: withQuota((quota) => ({ ...quota, perMs: Math.floor(quota.perMs * 0.9) })),
  },
  {
    name: 'group-parked-for-ever',
    driver: (driver, world) =>
      instead(driver, {
        settle: async (call, items) => {
          const capped = new Set([...world.memory.queues.values()].flatMap((queue) => [...queue.capped]))
          const answers = await driver.settle(call, items)
          parkAgain(world, capped)
          return answers
        },
      }),
  },
  {
    name: 'one-group-is-always-first',
    driver: (driver, world) =>
      instead(driver, {
        reserve: (call, want) => {
          for (const { ring, groups } of world.memory.queues.values()) {
            const favourite = groups.get('g1')
            if (favourite === undefined || favourite.heapAt < 0) continue
            ring.remove(favourite)
            favourite.heapKey = favourite.turnAt = -1
            ring.add(favourite)
          }
          return driver.reserve(call, want)
        },
      }),
  },
]
