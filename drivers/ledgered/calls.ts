import type { Call } from '../../src/contract/index.ts'

/** One call to the broker within a call to us. `again`: it may be the one that failed before, repeated under its id. */
export type Ask = <A>(verb: string, run: (call: Call) => Promise<A>, again?: 'again') => Promise<A>

interface Remembered {
  seq: number
  /** Undefined once it failed: a repeated call then runs anew. */
  answer: Promise<unknown> | undefined
  asked: number
  failed: string | undefined
}

/** So many calls to the broker has one call to us at most. */
const asksMax = 4_096

/**
 * The newest call of each lane, in this process alone: a call that is repeated gets its answer, or runs anew where it failed. A call of ours
 * makes several to the broker, on the same lane.
 */
export class Calls {
  readonly #lanes = new Map<number, Remembered>()

  run<A>(call: Call, work: (ask: Ask) => Promise<A>): Promise<A> {
    const known = this.#lanes.get(call.lane)
    const again = known !== undefined && known.seq === call.seq
    if (again && known.answer !== undefined) return known.answer as Promise<A>
    const made: Remembered = again ? known : { seq: call.seq, answer: undefined, asked: 0, failed: undefined }
    this.#lanes.set(call.lane, made)
    const answer = work(askOf(call, made))
    made.answer = answer
    answer.catch(() => (made.answer = undefined))
    return answer
  }

  clear(): void {
    this.#lanes.clear()
  }
}

function askOf({ lane, seq }: Call, made: Remembered): Ask {
  return async (verb, run, again) => {
    if (again === undefined || made.failed !== verb) made.asked++
    made.failed = verb
    const answer = await run({ lane, seq: seq * asksMax + made.asked })
    made.failed = undefined
    return answer
  }
}
