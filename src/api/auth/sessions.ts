import { createHash } from 'node:crypto'
import { type Env, secretBytes } from '../../base/env.ts'
import type { Ledger } from '../../contract/ledger.ts'
import type { TokenBook } from './token-book.ts'
import type { TokenRecord } from './tokens.ts'

/** How long a session holds, whatever is done with it. */
export const sessionMsMax = 12 * 3_600_000
/** So many are known by heart; the oldest of them go when there are more. */
const sessionsMax = 10_000
/** One that was ended elsewhere is refused after this at the latest. */
const freshMs = 5_000
/** 256 bits, as tokens have: a plain hash keeps them. */
const idBytes = 32
const prefix = 'session:'

/** As it is kept. */
interface Session {
  /** The hash of the token that opened it. */
  token: string
  endsAtMs: number
}

export interface SessionsParts {
  env: Env
  tokens: () => TokenBook
  /** Where they are kept, so that they outlive a process; undefined where the store keeps no records: then they live here alone. */
  ledger: () => Ledger | undefined
}

/**
 * Who has logged in to the web page: the id in a cookie stands for the token that was shown for it, and holds no longer than that one. Of the id only
 * the hash is kept.
 */
export class Sessions {
  readonly #parts: SessionsParts
  readonly #known = new Map<string, { session: Session; readMonoMs: number }>()

  constructor(parts: SessionsParts) {
    this.#parts = parts
  }

  /** Answers the id for the cookie; it is kept by nobody else. */
  async begin({ sha256 }: TokenRecord): Promise<string> {
    const id = secretBytes(idBytes).toString('base64url')
    const key = hashOf(id)
    const session = { token: sha256, endsAtMs: this.#parts.env.nowMs() + sessionMsMax }
    const record = { key: prefix + key, value: JSON.stringify(session), version: 0, forMs: sessionMsMax }
    await this.#parts.ledger()?.write([record])
    this.#know(key, session)
    return id
  }

  /**
   * The record of its token; undefined when the session is unknown or over, or its token was revoked or has expired. `mayLook` is asked before an
   * id that is not known by heart is looked up in the store.
   */
  async find(id: string, mayLook: () => boolean = () => true): Promise<TokenRecord | undefined> {
    const key = hashOf(id)
    const session = await this.#session(key, mayLook)
    const isOver = session === undefined || session.endsAtMs <= this.#parts.env.nowMs()
    const record = isOver ? undefined : await this.#parts.tokens().known(session.token)
    if (record === undefined) this.#known.delete(key)
    // It may have been ended while the store was looked at.
    return this.#known.has(key) ? record : undefined
  }

  /** Answers whether there was one. */
  async end(id: string): Promise<boolean> {
    const key = hashOf(id)
    const wasKnown = this.#known.delete(key)
    await this.#parts.ledger()?.write([{ key: prefix + key }])
    return wasKnown
  }

  async #session(key: string, mayLook: () => boolean): Promise<Session | undefined> {
    const known = this.#known.get(key)
    const ledger = this.#parts.ledger()
    const isFresh = known !== undefined && this.#parts.env.monoMs() - known.readMonoMs <= freshMs
    if (ledger === undefined || isFresh) return known?.session
    if (known === undefined && !mayLook()) return undefined
    const [record] = await ledger.read([prefix + key])
    const session = record && read(record.value)
    // One that was ended here meanwhile is not brought back.
    if (session === undefined || (known !== undefined && !this.#known.has(key))) return undefined
    this.#know(key, session)
    return session
  }

  #know(key: string, session: Session): void {
    this.#known.delete(key)
    this.#known.set(key, { session, readMonoMs: this.#parts.env.monoMs() })
    const [oldest] = this.#known.keys()
    if (this.#known.size > sessionsMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

function read(value: string): Session | undefined {
  try {
    return JSON.parse(value) as Session
  } catch {
    return undefined
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
