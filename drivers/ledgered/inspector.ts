import type {
  Inspector,
  JobFilter,
  JobPage,
  JobRecord,
  JobState,
  Keep,
  PageRequest,
  SessionRecord,
  TerminalState,
} from '../../src/contract/index.ts'
import { cancelAll, purge, removeAll, retryAll } from './actions.ts'
import { audit } from './audit.ts'
import { listAll } from './book.ts'
import { lastOf } from './keys.ts'
import { findAll, list, peek, queueNames } from './list.ts'
import { trim } from './trim.ts'
import { type Presence, type SessionNote, sessionRecordOf } from './presence.ts'

/** Looks at the records beside the broker, and acts on them: the broker itself shows nothing. */
export class LedgeredInspector implements Inspector {
  readonly #use: () => Presence

  constructor(use: () => Presence) {
    this.#use = use
  }

  async find(ids: string[]): Promise<(JobRecord | undefined)[]> {
    return findAll(this.#use().place, ids)
  }
  async list(filter: JobFilter, page: PageRequest): Promise<JobPage> {
    return list(this.#use().place, filter, page)
  }
  async peek(queue: string, limit: number): Promise<JobRecord[]> {
    return peek(this.#use().place, queue, limit)
  }
  async retry(ids: string[]): ReturnType<Inspector['retry']> {
    return retryAll(this.#use(), ids)
  }
  async cancel(ids: string[]): ReturnType<Inspector['cancel']> {
    return cancelAll(this.#use(), ids)
  }
  async remove(ids: string[]): ReturnType<Inspector['remove']> {
    return removeAll(this.#use(), ids)
  }
  async purge(queue: string, states: JobState[], limit: number): ReturnType<Inspector['purge']> {
    return purge(this.#use(), queue, states, limit)
  }
  async trim(queue: string, states: readonly TerminalState[], keep: Keep, limit: number) {
    return trim(this.#use(), queue, states, keep, limit)
  }

  async pause(queues: string[]): Promise<void> {
    const { keys, book } = this.#use().place
    await book.write(
      queues.flatMap((queue) => [keys.pause(queue), keys.queue(queue)].map((key) => ({ key, text: '' }))),
    )
  }
  async resume(queues: string[]): Promise<void> {
    const { keys, book } = this.#use().place
    await book.write(queues.map((queue) => ({ key: keys.pause(queue) })))
  }

  async queues(): Promise<string[]> {
    return (await queueNames(this.#use().place)).toSorted()
  }

  async sessions(): Promise<SessionRecord[]> {
    const { place } = this.#use()
    const records = await listAll(place.ledger, place.keys.sessions(), 10_000)
    return records
      .map(({ key, value }) =>
        sessionRecordOf(lastOf(key), JSON.parse(value.slice(value.indexOf('\n') + 1)) as SessionNote),
      )
      .filter(({ leaseUntilMs }) => leaseUntilMs > place.nowMs())
  }

  async audit(cursor?: string): ReturnType<Inspector['audit']> {
    return audit(this.#use().place, cursor)
  }
}
