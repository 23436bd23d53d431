import { changedLimits } from './plan.ts'
import { Random } from './random.ts'
import { acted } from './shadow-actions.ts'
import type { World } from './world.ts'

/** People at the store: they look at jobs and limits, and act. */
export class Operators {
  readonly #world: World
  readonly #random: Random

  constructor(world: World) {
    this.#world = world
    this.#random = new Random(world.seed, 'operators')
  }

  /** Puts on the clock what they will do. */
  act(now: (count: number, label: string, run: () => void) => void): void {
    const random = this.#random
    if (random.chance(0.5)) return
    const { auditor, shadow, store } = this.#world
    const act = (verb: 'cancel' | 'retry' | 'remove') =>
      store.later(0, verb, () => {
        if (this.#world.network.healed) return
        const ids = [...shadow.jobs.keys()]
        if (ids.length === 0) return
        const running = ids.filter((one) => shadow.jobs.get(one)!.state === 'running')
        const id = random.pick(running.length > 0 && random.chance(0.5) ? running : ids)
        this.#world.trace.line(`operator: ${verb} ${this.#world.planOf.get(id)?.n}`)
        void auditor.inspector[verb]([id]).then(([answer]) => {
          acted(shadow, verb, id, answer!)
          const { n } = this.#world.planOf.get(id)!
          if (answer === 'retried') this.#world.lives.set(n, (this.#world.lives.get(n) ?? 0) + 1)
          if (answer === 'cancelling') this.#world.cancelAskedMs.set(id, this.#world.clock.nowMs)
        })
      })
    now(random.int(0, 20), 'cancel', () => act('cancel'))
    now(random.int(0, 10), 'retry', () => act('retry'))
    now(random.chance(0.3) ? 5 : 0, 'remove', () => act('remove'))
    now(random.int(0, 6), 'limits', () => this.#changeLimits())
    now(random.int(0, 4), 'pause or resume', () => {
      const queue = random.pick(this.#world.plan.queues)
      store.later(0, 'pause or resume', () => {
        if (!this.#world.network.healed) this.setPaused(queue, !shadow.paused.has(queue))
      })
    })
  }

  /** Limits of one group are changed while its jobs run, or it is frozen for a while. */
  #changeLimits(): void {
    const { plan, auditor, shadow, store, trace, mutant } = this.#world
    const random = this.#random
    const [queue, group] = [random.pick(plan.queues), `g${random.int(1, 5)}`]
    store.later(0, 'limits', () => {
      if (random.chance(0.4)) {
        const untilMs = shadow.nowMs + Math.round(random.wide(100, 5_000))
        trace.line(`operator: ${group} of ${queue} is frozen`)
        shadow.limitWatch.freeze(queue, group, untilMs)
        return void auditor.limits.freeze(queue, group, untilMs)
      }
      const limit = plan.limits.get(queue) ?? { queue: {}, groups: {}, own: {} }
      const settings = changedLimits(limit.own[group] ?? {}, random)
      plan.limits.set(queue, { ...limit, own: { ...limit.own, [group]: settings } })
      shadow.limitWatch.changed(queue)
      trace.line(`operator: ${group} of ${queue} has ${JSON.stringify(settings)}`)
      const set = mutant?.limit?.({ queue: {}, groups: {}, own: { [group]: settings } }).own[group] ?? settings
      void auditor.limits.set(queue, { group }, set, 1)
    })
  }

  setPaused(queue: string, paused: boolean): void {
    const { auditor, shadow, trace } = this.#world
    trace.line(`operator: ${queue} ${paused ? 'paused' : 'resumed'}`)
    if (paused) shadow.paused.add(queue)
    else shadow.paused.delete(queue)
    void (paused ? auditor.inspector.pause([queue]) : auditor.inspector.resume([queue]))
  }
}
