import { limitsLeft } from '../../src/base/limits-left.ts'
import {
  FiberWorkError,
  type Limits,
  type LimitScope,
  type LimitSettings,
  type QueueLimits,
} from '../../src/contract/index.ts'
import type { Place } from './place.ts'
import { meterOf, takenOf } from './taken.ts'

/** What is set for a queue. */
export interface Rules {
  queue: LimitSettings
  revision: number
  frozenUntilMs: number
}

export const noRules: Rules = { queue: {}, revision: 0, frozenUntilMs: 0 }

export const rulesOf = (text: string | undefined): Rules => (text === undefined ? noRules : (JSON.parse(text) as Rules))

/** Shared limits of whole queues. A broker hands out the messages of a queue as they lie, so that none holds for its groups. */
export class LedgeredLimits implements Limits {
  readonly #use: () => Place
  readonly #changed: (queue: string) => void

  constructor(use: () => Place, changed: (queue: string) => void) {
    this.#use = use
    this.#changed = changed
  }

  async set(queue: string, scope: LimitScope, settings: LimitSettings, revision: number): Promise<boolean> {
    if (scope !== 'queue' && Object.keys(settings).length > 0)
      throw noGroups(this.#use(), `Limits of groups of the queue "${queue}"`)
    return this.#change(queue, (rules) => {
      if (revision < rules.revision) return undefined
      // Limits of groups are lifted by nothing: there are none.
      if (scope !== 'queue') return rules.revision === 0 ? rules : { ...rules, revision }
      return { ...rules, queue: settings, revision }
    })
  }

  async freeze(queue: string, group: string | undefined, untilMs: number): Promise<void> {
    if (group !== undefined) throw noGroups(this.#use(), `A pause of the group "${group}" of the queue "${queue}"`)
    await this.#change(queue, (rules) => ({ ...rules, frozenUntilMs: untilMs }))
  }

  async read(queue: string): Promise<QueueLimits> {
    const place = this.#use()
    const [page, taken] = await place.book.read([place.keys.limits(queue), place.keys.taken(queue)])
    const { queue: settings, revision, frozenUntilMs } = rulesOf(page?.text)
    const nowMs = place.nowMs()
    const frozen = frozenUntilMs > nowMs ? [{ untilMs: frozenUntilMs }] : []
    const left = limitsLeft(settings, meterOf(takenOf(taken)), nowMs)
    return { queue: settings, groups: {}, group: {}, frozen, ...(left !== undefined && { left }), revision }
  }

  /** Answers false when `act` finds nothing to change. */
  async #change(queue: string, act: (rules: Rules) => Rules | undefined): Promise<boolean> {
    const place = this.#use()
    const key = place.keys.limits(queue)
    const isChanged = await place.persist(async () => {
      const [page] = await place.book.read([key])
      const rules = rulesOf(page?.text)
      const next = act(rules)
      if (next === undefined) return false
      if (next === rules) return true
      const versions = await place.book.write([
        { key, text: JSON.stringify(next), version: page?.version ?? 0 },
        { key: place.keys.queue(queue), text: '' },
      ])
      return versions && true
    })
    this.#changed(queue)
    return isChanged
  }
}

function noGroups({ broker }: Place, what: string): FiberWorkError {
  return new FiberWorkError(
    'FW_DRIVER_TRAIT',
    `${what}: the ${broker.name} driver hands out a queue as it lies, and knows no groups (trait \`groups\`). Give each group a queue of its own, or use a store that has them.`,
  )
}
