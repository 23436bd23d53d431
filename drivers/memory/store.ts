import { systemEnv } from '../../src/base/env.ts'
import type { Env } from '../../src/base/env.ts'
import type { Entry } from './entry.ts'
import { Records } from './ledger.ts'
import { Queue } from './queue.ts'
import type { Session } from './sessions.ts'
import { unparkAll } from './turns.ts'

/** What several workers share: all state, and the one clock that decides. Made by `createMemoryStore`. */
export class MemoryStore {
  readonly env: Env
  readonly jobs = new Map<string, Entry>()
  readonly queues = new Map<string, Queue>()
  readonly sessions = new Map<string, Session>()
  /** Sessions that were revoked and still hold loans, oldest first. */
  readonly dying: Session[] = []
  readonly ledger = new Records()
  /** Queues in which something changed that a waiting reserve may want. */
  readonly touched = new Set<Queue>()
  /** The newest of all jobs; the others hang on it. */
  newest: Entry | undefined = undefined
  seq = 0
  loans = 0
  sessionNumber = 0
  #newestMs = -Infinity

  constructor(env: Env) {
    this.env = env
  }

  now(): number {
    const nowMs = this.env.nowMs()
    if (nowMs >= this.#newestMs) {
      this.#newestMs = nowMs
      return nowMs
    }
    // The clock jumped back: what waits for tokens has a new moment to wait for, hours earlier perhaps.
    this.#newestMs = nowMs
    for (const queue of this.queues.values()) unparkAll(queue)
    return nowMs
  }

  queue(name: string): Queue {
    const known = this.queues.get(name)
    if (known !== undefined) return known
    const queue = new Queue(name)
    this.queues.set(name, queue)
    return queue
  }

  remember(entry: Entry): void {
    this.jobs.set(entry.job.id, entry)
    entry.older = this.newest
    if (this.newest !== undefined) this.newest.newer = entry
    this.newest = entry
  }

  forget(entry: Entry): void {
    this.jobs.delete(entry.job.id)
    if (entry.newer === undefined) this.newest = entry.older
    else entry.newer.older = entry.older
    if (entry.older !== undefined) entry.older.newer = entry.newer
    entry.older = undefined
    entry.newer = undefined
  }

  touch(queue: Queue): void {
    if (queue.waiters.size > 0) this.touched.add(queue)
  }
}

/** An empty store in memory. `env` is its clock and its timers: the one that decides for all workers. */
export function createMemoryStore({ env = systemEnv }: { env?: Env } = {}): MemoryStore {
  return new MemoryStore(env)
}
