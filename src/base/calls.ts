import type { Call } from '../contract/driver.ts'

interface Remembered {
  seq: number
  /** Undefined once it failed: a repeated call then runs anew. */
  answer: Promise<unknown> | undefined
  /** What became of parts of it before it failed. */
  parts: Map<string, unknown>
}

/**
 * The newest call of each lane, in this process alone, for drivers whose store keeps no record of calls (`traits.replay` is false):
 * a call that is repeated because its answer was slow gets that answer, and one that failed halfway goes on where it stopped.
 */
export class Calls {
  readonly #lanes = new Map<number, Remembered>()

  /** `parts` is the same map when a call that failed is asked again: note there what need not be done twice. */
  run<A>(call: Call, work: (parts: Map<string, unknown>) => Promise<A>): Promise<A> {
    const known = this.#lanes.get(call.lane)
    const again = known !== undefined && known.seq === call.seq
    if (again && known.answer !== undefined) return known.answer as Promise<A>
    const remembered: Remembered = { seq: call.seq, answer: undefined, parts: again ? known.parts : new Map() }
    this.#lanes.set(call.lane, remembered)
    const answer = work(remembered.parts)
    remembered.answer = answer
    answer.catch(() => (remembered.answer = undefined))
    return answer
  }
}
