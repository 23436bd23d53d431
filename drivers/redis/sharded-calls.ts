import { FiberWorkError } from '../../src/contract/index.ts'
import type { Call, Reserved } from '../../src/contract/index.ts'
import type { ShardedReserve } from './sharded-reserve.ts'

/** The newest call of a lane. */
interface Newest {
  seq: number
  verb: string
  /** Of a reserve: how far it has come, and what is or will be its answer. */
  reserve?: { steps: ShardedReserve; answer: Promise<Reserved> | undefined }
}

/** The newest call of each lane of one session: a shard that a call does not concern knows nothing of it. */
export class ShardedCalls {
  readonly #newest = new Map<number, Newest>()

  /** @throws FW_STORE_FAILED for a call that its lane has left behind: repeating it can change nothing. */
  begin({ lane, seq }: Call, verb: string): Newest {
    const newest = this.#newest.get(lane)
    if (newest === undefined || newest.seq < seq) {
      const own: Newest = { seq, verb }
      this.#newest.set(lane, own)
      return own
    }
    if (newest.seq === seq && newest.verb === verb) return newest
    const message = `Lane ${lane} has already answered call ${newest.seq} (${newest.verb}).`
    throw new FiberWorkError('FW_STORE_FAILED', message, { retryable: false })
  }
}
