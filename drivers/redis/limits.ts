import { limitsLeft } from '../../src/base/limits-left.ts'
import type { Limits, LimitScope, LimitSettings, QueueLimits } from '../../src/contract/index.ts'
import { meterOf, settingsOf } from './bounds.ts'
import { unwire, wire, wireGroup } from './codec.ts'
import type { Link } from './link.ts'
import { loadScript } from './script.ts'

const scripts = { set: loadScript('limit'), freeze: loadScript('freeze'), read: loadScript('limits') }

type LimitsReply = [
  queue: string,
  groups: string,
  revision: number,
  frozen: string,
  own: string[],
  frozenGroups: string[],
  state: string,
  nowMs: number,
]

/** Limits are kept beside the queues and groups that they bind, and looked at where jobs are taken (scripts/lib/take.lua). */
export class RedisLimits implements Limits {
  readonly #link: () => Link

  constructor(link: () => Link) {
    this.#link = link
  }

  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    const some = Object.values(settings).some((setting) => setting !== undefined)
    const place = typeof scope === 'string' ? scope : wireGroup(scope.group)
    const args = [wire(queue), place, some ? JSON.stringify(settings) : '', revision]
    return (await this.#link().run(scripts.set, args)) === 1
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    const args = [wire(queue), group === undefined ? '' : wireGroup(group), Math.ceil(untilMs)]
    await this.#link().run(scripts.freeze, args)
  }

  async read(queue: string): Promise<QueueLimits> {
    const reply = (await this.#link().run(scripts.read, [wire(queue)])) as LimitsReply
    const [whole, groups, revision, frozenUntil, own, frozenGroups, state, nowMs] = reply
    const frozen: QueueLimits['frozen'] = pairs(frozenGroups).map(([group, until]) => ({
      ...named(group),
      untilMs: Number(until),
    }))
    if (frozenUntil !== '') frozen.unshift({ untilMs: Number(frozenUntil) })
    const settings = settingsOf(whole)
    const left = limitsLeft(settings, meterOf(settings, state), nowMs)
    return {
      queue: settings,
      groups: settingsOf(groups),
      // Not by assignment: a group may be called __proto__.
      group: Object.fromEntries(pairs(own).map(([group, text]) => [unwire(group.slice(1)), settingsOf(text)])),
      frozen,
      ...(left !== undefined && { left }),
      revision,
    }
  }
}

const named = (group: string): { group?: string } => (group === '-' ? {} : { group: unwire(group.slice(1)) })

function pairs(flat: string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!])
}
