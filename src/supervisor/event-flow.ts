import type { Env } from '../base/env.ts'
import type { StreamEvent } from '../contract/fleet.ts'

/** So many batches may be on their way to a process that does not read them. */
const batchesMax = 4

/** Events on their way to another process: bounded, what is too much is counted and told later. */
export class EventFlow {
  readonly #env: Env
  readonly #send: (events: StreamEvent[]) => Promise<void>
  #underWay = 0
  #dropped = 0

  constructor(env: Env, send: (events: StreamEvent[]) => Promise<void>) {
    this.#env = env
    this.#send = send
  }

  push(events: StreamEvent[]): void {
    if (this.#underWay >= batchesMax) {
      for (const { event, data } of events) this.#dropped += event === 'events.dropped' ? Number(data['count']) : 1
      return
    }
    const dropped = this.#dropped
    this.#dropped = 0
    const told = { event: 'events.dropped', atMs: this.#env.nowMs(), data: { count: dropped } }
    this.#underWay++
    void this.#send(dropped === 0 ? events : [...events, told]).then(() => void this.#underWay--)
  }
}
