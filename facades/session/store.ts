import { LRUCache } from 'lru-cache'
import type { Env } from '../../src/base/env.ts'

/** A session as a store keeps it. */
export interface SessionRecord {
  text: string
  version: string
}

export interface SessionWrite {
  text: string
  /** The version that is to be replaced; undefined: there must be none. */
  expected: string | undefined
  /** The one that it has afterwards: unique, so that the same write done twice is known for what it is. */
  version: string
  /** From now on; the record is forgotten then. */
  ttlMs: number
}

/** Where sessions are. What it throws fails the job (`FW_SESSION_FAILED`), which is tried again. */
export interface SessionStore {
  read(id: string): Promise<SessionRecord | undefined>
  /** In one step: compares the version and writes. Answers false, with nothing changed, where the version is another one. */
  write(id: string, write: SessionWrite): Promise<boolean>
  close?(): unknown
}

/** Of this process alone, and gone with it: the sessions used last. */
export class MemoryStore implements SessionStore {
  readonly #env: Env
  readonly #records: LRUCache<string, SessionRecord & { untilMs: number }>

  constructor(env: Env, entriesMax: number) {
    this.#env = env
    this.#records = new LRUCache({ max: entriesMax })
  }

  async read(id: string): Promise<SessionRecord | undefined> {
    return this.#find(id)
  }

  async write(id: string, { text, expected, version, ttlMs }: SessionWrite): Promise<boolean> {
    if (this.#find(id)?.version !== expected) return false
    this.#records.set(id, { text, version, untilMs: this.#env.monoMs() + ttlMs })
    return true
  }

  #find(id: string): SessionRecord | undefined {
    const record = this.#records.get(id)
    return record === undefined || this.#env.monoMs() >= record.untilMs ? undefined : record
  }
}
