import { type Env, sleep } from '../../src/base/env.ts'
import { Connection, type Reach } from './connection.ts'

/** A connection that says nothing for long may be dead: it is asked once in so long while somebody waits. */
const askMs = 5_000

/** Called with the numbers of the queues that something came to; undefined when a ring may have been lost. */
export type Rang = (queues: readonly number[] | undefined) => void

/** LISTEN on a connection of its own, for all who wait in this process; made when the first one waits. */
export class Bell {
  readonly #connection: Connection
  readonly #env: Env
  readonly #hearing = new Set<Rang>()
  readonly #closing = new AbortController()
  #isKept = false

  constructor(reach: Reach) {
    this.#env = reach.env
    this.#connection = new Connection(reach, 'fiber-work:bell', `listen "${reach.schema}"`)
    this.#connection.onNotify = (payload) => this.#ring(payload)
  }

  /** Answers, once the bell is heard, what ends it. */
  async hear(rang: Rang): Promise<() => void> {
    this.#hearing.add(rang)
    if (!this.#isKept) void this.#keep()
    // What is wrong with the server, everybody's next call will say.
    await this.#connection.ready().catch(() => {})
    return () => this.#hearing.delete(rang)
  }

  close(): void {
    this.#closing.abort()
    this.#hearing.clear()
    this.#connection.close()
  }

  /** For as long as somebody hears. */
  async #keep(): Promise<void> {
    this.#isKept = true
    while (this.#hearing.size > 0 && !this.#closing.signal.aborted) {
      await this.#connection.query('select 1', [], 'listen').catch(() => {})
      await sleep(this.#env, askMs, this.#closing.signal, 'idle')
    }
    this.#isKept = false
  }

  #ring(payload: string | undefined): void {
    const queues = payload === undefined || payload === '' ? undefined : payload.split(',').map(Number)
    for (const rang of this.#hearing) rang(queues)
  }
}
