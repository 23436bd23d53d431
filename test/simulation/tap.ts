import type { Call } from '../../src/contract/driver.ts'

/** One verb as the store did it: what was asked, and what it answered. */
export interface Op {
  client: string
  session: string
  verb: string
  call: Call | undefined
  parameters: unknown[]
  answer?: unknown
  error?: unknown
}

/**
 * Listens where calls reach the store. What happened during one event is handed out in the order in which the store did
 * it: first the call itself, then the waiting reserves that it woke.
 */
export class Tap {
  #event = 0
  #done: { op: Op; late: boolean }[] = []

  async apply<A>(op: Op, run: () => Promise<A>): Promise<A> {
    const event = this.#event
    try {
      const answer = await run()
      this.#done.push({ op: { ...op, answer }, late: event !== this.#event })
      return answer
    } catch (error) {
      this.#done.push({ op: { ...op, error }, late: event !== this.#event })
      throw error
    }
  }

  /** What was done since the last time; called when an event has come to rest. */
  take(): Op[] {
    this.#event++
    if (this.#done.length === 0) return []
    const done = this.#done
    this.#done = []
    return [...done.filter(({ late }) => !late), ...done.filter(({ late }) => late)].map(({ op }) => op)
  }
}
