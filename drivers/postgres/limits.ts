import { limitsLeft } from '../../src/base/limits-left.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../../src/contract/index.ts'
import { unwire, wire } from './codec.ts'
import { meterOf, type StoredMeter } from './groups.ts'
import type { Link } from './link.ts'

interface Read {
  queue: LimitSettings
  groups: LimitSettings
  group: [name: string, settings: LimitSettings][]
  until: number | null
  frozen: [group: string, untilMs: number][]
  revision: number
  meter: StoredMeter | null
  now: number
}

/** Limits are kept beside the queues and lines that they bind, and looked at where jobs are taken (sql/functions/06-turns.sql). */
export class PostgresLimits implements Limits {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    const [kind, group] = typeof scope === 'string' ? [scope, null] : ['group', wire(scope.group)]
    return (
      (await this.#link().call('limits_set', [wire(queue), kind, group, JSON.stringify(settings), revision])) === true
    )
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    await this.#link().text('freeze', [wire(queue), group === undefined ? null : wire(group), Math.ceil(untilMs)])
  }

  async read(queue: string): Promise<QueueLimits> {
    const read = (await this.#link().call('limits_read', [wire(queue)])) as Read | undefined
    if (read === undefined) return { queue: {}, groups: {}, group: {}, frozen: [], revision: 0 }
    const frozen = read.frozen.map(([group, untilMs]) => ({ group: unwire(group), untilMs }))
    const left = limitsLeft(read.queue, meterOf(read.meter), read.now)
    return {
      queue: read.queue,
      groups: read.groups,
      // Not by assignment: a group may be called __proto__.
      group: Object.fromEntries(read.group.map(([name, settings]) => [unwire(name), settings])),
      frozen: [...(read.until === null ? [] : [{ untilMs: read.until }]), ...frozen],
      ...(left !== undefined && { left }),
      revision: read.revision,
    }
  }
}
