import type { Call } from '../../src/contract/index.ts'

interface Remembered {
  seq: number
  /** Undefined once it failed: a repeated call then runs anew. */
  answer: Promise<unknown> | undefined
  /** What became of parts of it before it failed. */
  parts: Map<unknown, unknown>
}

/**
 * The newest call of each lane, in this process alone: a call that is repeated because its answer was slow gets that answer, and one that
 * failed half-way goes on where it failed. SQS keeps no record of calls, so that it does not outlive the process, and `traits.replay` is false.
 */
export class Calls {
  readonly #lanes = new Map<number, Remembered>()

  run<A, K, P>(call: Call, work: (parts: Map<K, P>) => Promise<A>): Promise<A> {
    const known = this.#lanes.get(call.lane)
    const again = known !== undefined && known.seq === call.seq
    if (again && known.answer !== undefined) return known.answer as Promise<A>
    const remembered: Remembered = { seq: call.seq, answer: undefined, parts: again ? known.parts : new Map() }
    this.#lanes.set(call.lane, remembered)
    const answer = work(remembered.parts as Map<K, P>)
    remembered.answer = answer
    answer.catch(() => (remembered.answer = undefined))
    return answer
  }
}
