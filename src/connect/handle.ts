import type { JobRecord, Sent } from '../contract/job.ts'
import type { Client } from './client.ts'
import type { ResultWaiter } from './results.ts'

/** One job, by its id, from outside. */
export class JobHandle<Result> {
  readonly id: string
  readonly #client: Client
  readonly #results: ResultWaiter

  constructor(id: string, client: Client, results: ResultWaiter) {
    this.id = id
    this.#client = client
    this.#results = results
  }

  /** Its record; undefined when the store does not know it (any more). */
  async status(): Promise<JobRecord | undefined> {
    return (await this.#client.find([this.id]))[0]
  }

  /**
   * Waits until the job is done and answers what its handler returned. Throws `FW_JOB_DEAD`, `FW_JOB_CANCELLED`,
   * `FW_JOB_UNKNOWN` (its record is not kept), `FW_RESULT_TIMEOUT`, `FW_RESULT_TOO_LARGE`,
   * `FW_KEY_UNKNOWN`, `FW_BODY_SEALED`.
   */
  result({ timeoutMs = 60_000 }: { timeoutMs?: number } = {}): Promise<Result> {
    return this.#results.wait(this.id, timeoutMs) as Promise<Result>
  }

  async cancel(): Promise<'cancelled' | 'cancelling' | 'settled' | 'unknown'> {
    return (await this.#client.cancel([this.id]))[0]!
  }
}

/** What `enqueue` answers. */
export class SentJob<Result> extends JobHandle<Result> {
  /**
   * `duplicate`: nothing was written, `id` is the job that holds the unique key. `deferred`: it is written when the `Db.transaction`
   * around has committed; what becomes of it then (a duplicate, say) is not told.
   */
  readonly outcome: Sent['outcome']

  constructor(added: Sent, client: Client, results: ResultWaiter) {
    super(added.id, client, results)
    this.outcome = added.outcome
  }
}
