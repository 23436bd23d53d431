import { createHash } from 'node:crypto'
import { type Env, secretBytes } from '../../base/env.ts'
import type { TokenBook } from './token-book.ts'
import type { TokenRecord } from './tokens.ts'

/** How long a session holds, whatever is done with it. */
export const sessionMsMax = 12 * 3_600_000
/** The oldest go when there are more. */
const sessionsMax = 10_000
/** 256 bits, as tokens have: a plain hash keeps them. */
const idBytes = 32

interface Session {
  /** The hash of the token that opened it. */
  token: string
  endsMonoMs: number
}

/**
 * Who has logged in to the web page: the id in a cookie stands for the token that was shown for it, and holds no longer than that one. They live
 * in this process, each by the hash of its id: after a restart one logs in again.
 */
export class Sessions {
  readonly #env: Env
  readonly #tokens: () => TokenBook
  readonly #all = new Map<string, Session>()

  constructor(env: Env, tokens: () => TokenBook) {
    this.#env = env
    this.#tokens = tokens
  }

  /** Answers the id for the cookie; it is kept by nobody else. */
  begin({ sha256 }: TokenRecord): string {
    const id = secretBytes(idBytes).toString('base64url')
    this.#all.set(hashOf(id), { token: sha256, endsMonoMs: this.#env.monoMs() + sessionMsMax })
    const [oldest] = this.#all.keys()
    if (this.#all.size > sessionsMax && oldest !== undefined) this.#all.delete(oldest)
    return id
  }

  /** The record of its token; undefined when the session is unknown or over, or its token was revoked or has expired. */
  async find(id: string): Promise<TokenRecord | undefined> {
    const key = hashOf(id)
    const session = this.#all.get(key)
    if (session === undefined) return undefined
    const isOver = session.endsMonoMs <= this.#env.monoMs()
    const record = isOver ? undefined : await this.#tokens().known(session.token)
    if (record === undefined) this.#all.delete(key)
    // It may have been ended while the store was looked at.
    return this.#all.has(key) ? record : undefined
  }

  /** Answers whether there was one. */
  end(id: string): boolean {
    return this.#all.delete(hashOf(id))
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
