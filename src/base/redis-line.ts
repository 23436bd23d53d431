import { FiberWorkError } from '../contract/errors.ts'
import type { Env } from './env.ts'
import { type Cluster, openRedis, type Single, timely } from './redis.ts'
import { type RedisTarget, shownRedis } from './redis-target.ts'

/** After a call that was not answered in time nobody asks for this long: a server that is not there costs one deadline, not one a call. */
const pauseMs = 1_000
/** A connection that is not there after this long will not come. */
const connectMsMax = 10_000
/** How often it is tried to connect anew, for calls that wait for it: 0.3 s in all. */
const maxRetriesPerRequest = 3

/**
 * One connection to a Redis for commands that may fail, each within its deadline. It is made at the first call, mends itself, is
 * left for a new one when a call was not answered, and keeps no process alive. A command whose reply was cut off is sent again: send only what may be done twice.
 */
export class RedisLine {
  readonly #env: Env
  readonly #target: RedisTarget
  readonly #user: string
  readonly #callMsMax: number
  #client: Promise<Single | Cluster> | undefined
  #beganMonoMs = -Infinity
  #silentUntilMonoMs = -Infinity
  #silence: unknown

  /** `user` begins a sentence: `A cache over Redis`. */
  constructor(env: Env, target: RedisTarget, user: string, callMsMax: number) {
    this.#env = env
    this.#target = target
    this.#user = user
    this.#callMsMax = callMsMax
  }

  /** Throws `FW_CALL_TIMEOUT`, `FW_DRIVER_MISSING`, and what Redis answers. */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    if (this.#env.monoMs() < this.#silentUntilMonoMs) throw this.#silence
    const connected = this.#connected()
    try {
      const answer = connected.then((client) => client.call(command, args))
      return await timely(this.#env, this.#callMsMax, shownRedis(this.#target), answer)
    } catch (error) {
      if (error instanceof FiberWorkError && error.code === 'FW_CALL_TIMEOUT') {
        this.#silence = error
        this.#silentUntilMonoMs = this.#env.monoMs() + pauseMs
        void this.#doubt(connected)
      }
      throw error
    }
  }

  /** Several at once, in one round trip. Rejects with the first failure. */
  all(commands: (readonly [command: string, ...args: (string | number)[]])[]): Promise<unknown[]> {
    return Promise.all(commands.map(([command, ...args]) => this.call(command, ...args)))
  }

  /** Idempotent; it can be used again. */
  async close(): Promise<void> {
    const client = this.#client
    this.#silentUntilMonoMs = -Infinity
    if (client !== undefined) await this.#leave(client)
  }

  /**
   * Nothing may get through it any more, which TCP notices after a quarter of an hour: the next call has a new one. One that is
   * being made may be slower than a call.
   */
  async #doubt(client: Promise<Single | Cluster>): Promise<void> {
    const { status } = await client.catch(() => ({ status: 'none' }))
    const isMade = status === 'ready' || this.#env.monoMs() - this.#beganMonoMs > connectMsMax
    if (this.#client === client && isMade) await this.#leave(client)
  }

  async #leave(client: Promise<Single | Cluster>): Promise<void> {
    if (this.#client === client) this.#client = undefined
    await client.then((open) => open.disconnect()).catch(() => undefined)
  }

  #connected(): Promise<Single | Cluster> {
    if (this.#client === undefined) {
      this.#beganMonoMs = this.#env.monoMs()
      const opening = openRedis(this.#target, this.#user, { maxRetriesPerRequest })
      const client = opening.then((client) => {
        // What fails, fails the calls; an 'error' event that nobody hears would be an uncaught exception.
        client.on('error', () => undefined)
        return client
      })
      client.catch(() => this.#leave(client))
      this.#client = client
    }
    return this.#client
  }
}
