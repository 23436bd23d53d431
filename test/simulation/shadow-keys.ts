import type { StoredJob } from '../../src/contract/job.ts'

/** Who holds which unique key. */
export class ShadowKeys {
  readonly #held = new Map<string, { id: string; untilMs: number }>()

  /** The id that holds a key of a queue. */
  holderOf(queue: string, key: string | undefined, nowMs: number): string | undefined {
    const held = key === undefined ? undefined : this.#held.get(`${queue} ${key}`)
    return held === undefined || held.untilMs <= nowMs ? undefined : held.id
  }

  hold({ id, queue, unique }: StoredJob, nowMs: number): void {
    if (unique === undefined) return
    const untilMs = unique.forMs === undefined ? Infinity : nowMs + unique.forMs
    this.#held.set(`${queue} ${unique.key}`, { id, untilMs })
  }

  letGo({ id, queue, unique }: StoredJob): void {
    if (unique === undefined) return
    const held = this.#held.get(`${queue} ${unique.key}`)
    if (held?.id === id && held.untilMs === Infinity) this.#held.delete(`${queue} ${unique.key}`)
  }
}
