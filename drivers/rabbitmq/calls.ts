import type { Call } from '../../src/contract/index.ts'

interface Remembered {
  seq: number
  /** Undefined once it failed: a repeated call then goes on where that one stopped. */
  answer: Promise<unknown> | undefined
  /** What is known of its parts. */
  state: unknown
}

/**
 * The newest call of each lane, in this process alone. The broker keeps no record of calls: what it did of a call whose reply was lost is
 * not known, and `traits.replay` is false. But a call that is repeated does not do again what is known to be done.
 */
export class Calls {
  readonly #lanes = new Map<number, Remembered>()

  run<S, A>(call: Call, begin: () => S, work: (state: S) => Promise<A>): Promise<A> {
    const known = this.#lanes.get(call.lane)
    const again = known !== undefined && known.seq === call.seq
    if (again && known.answer !== undefined) return known.answer as Promise<A>
    const remembered: Remembered = { seq: call.seq, answer: undefined, state: again ? known.state : begin() }
    this.#lanes.set(call.lane, remembered)
    const answer = work(remembered.state as S)
    remembered.answer = answer
    answer.catch(() => (remembered.answer = undefined))
    return answer
  }
}
