import { type Env, sleep } from '../../src/base/env.ts'
import type { Connection } from '../redis-common/connection.ts'
import { isReply } from '../redis-common/errors.ts'

/** The most rings taken at once; more of them say nothing new. */
const ringsMax = 1_000

/** A server that refuses the read (it loads its data, or the key is somebody's) is asked once in so long. */
const refusedPauseMs = 500

/** Hears what comes behind the session in a ring, if anything does. */
export type Rang = (said?: string) => void

/**
 * One blocking read for all who wait in this process: scripts push the id of the session that they have something for, and
 * behind a line feed what that is, where it is handed over at once. Runs while somebody hears, on a connection of its own.
 */
export class Bell {
  readonly #connection: Connection
  readonly #key: string
  readonly #waitS: number
  readonly #hearing = new Map<string, Set<Rang>>()
  readonly #env: Env
  readonly #closing = new AbortController()
  #listening = false

  constructor(env: Env, connection: Connection, key: string, waitMs: number) {
    this.#env = env
    this.#connection = connection
    this.#key = key
    this.#waitS = waitMs / 1_000
  }

  /**
   * Calls `rang` when somebody rings for this session, and whenever a ring may have been lost (the connection was made
   * anew). Answers what ends it.
   */
  hear(session: string, rang: Rang): () => void {
    // Two hearings with one function are two.
    const own: Rang = (said) => rang(said)
    const hearing = this.#hearing.get(session) ?? new Set()
    this.#hearing.set(session, hearing.add(own))
    if (!this.#listening) void this.#listen()
    return () => {
      hearing.delete(own)
      if (hearing.size === 0 && this.#hearing.get(session) === hearing) this.#hearing.delete(session)
    }
  }

  close(): void {
    this.#closing.abort()
    this.#hearing.clear()
    this.#connection.close()
  }

  /** Never rejects: a connection that broke is made anew, with pauses of its own, for as long as somebody hears. */
  async #listen(): Promise<void> {
    this.#listening = true
    let lost = false
    while (this.#hearing.size > 0) {
      try {
        await this.#connection.ready()
        if (lost) this.#ringAll()
        lost = false
        this.#ring(await this.#connection.send('BLMPOP', [this.#waitS, 1, this.#key, 'LEFT', 'COUNT', ringsMax]))
        // Who was rung for goes first: what comes meanwhile stands in the list.
        await new Promise<void>((resolve) => this.#env.afterReactions(resolve))
      } catch (error) {
        // What is wrong with the server, everybody's next call will say.
        lost = true
        if (isReply(error)) await sleep(this.#env, refusedPauseMs, this.#closing.signal)
      }
    }
    this.#listening = false
  }

  #ring(answer: unknown): void {
    if (!Array.isArray(answer)) return
    for (const ring of new Set(answer[1] as string[])) {
      const end = ring.indexOf('\n')
      const [session, said] = end < 0 ? [ring] : [ring.slice(0, end), ring.slice(end + 1)]
      this.#hearing.get(session)?.forEach((rang) => rang(said))
    }
  }

  #ringAll(): void {
    for (const hearing of this.#hearing.values()) hearing.forEach((rang) => rang())
  }
}
