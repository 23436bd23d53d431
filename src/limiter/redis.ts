import type Bottleneck from 'bottleneck'
import { type Env, within } from '../base/env.ts'
import { type Cluster, letGo, openRedis, type Single } from '../base/redis.ts'
import { keyPrefixOf, type RedisTarget, shownRedis } from '../base/redis-target.ts'
import { FiberWorkError } from '../contract/errors.ts'

const connectMsMax = 10_000
/** A connection that asks and hears nothing for this long is broken off: a router that has forgotten it says nothing for a quarter of an hour. */
const silenceMsMax = 5_000

/** The two connections to one Redis that all limits there share: one asks, one listens. Made when first used. */
export class Redis {
  readonly #env: Env
  readonly #target: RedisTarget
  #connected: Promise<Bottleneck.IORedisConnection> | undefined

  constructor(env: Env, target: RedisTarget) {
    this.#env = env
    this.#target = target
  }

  /** Before every key of a limit: what the user's client puts before its own. */
  get keyPrefix(): string {
    return keyPrefixOf(this.#target)
  }

  /** Throws `FW_DRIVER_MISSING`, `FW_CONNECT_FAILED`. */
  connection(Limiter: typeof Bottleneck): Promise<Bottleneck.IORedisConnection> {
    if (this.#connected === undefined) {
      const connecting = this.#connect(Limiter)
      this.#connected = connecting
      connecting.catch(() => {
        if (this.#connected === connecting) this.#connected = undefined
      })
    }
    return this.#connected
  }

  /** Idempotent; it can be used again. */
  async close(): Promise<void> {
    const connected = this.#connected
    this.#connected = undefined
    await connected?.then((connection) => connection.disconnect(false)).catch(() => undefined)
  }

  async #connect(Limiter: typeof Bottleneck): Promise<Bottleneck.IORedisConnection> {
    const client = await openRedis(this.#target, 'A limit over Redis', { socketTimeout: silenceMsMax })
    let said: unknown
    client.on('error', (error) => (said = error))
    const connection = new Limiter.IORedisConnection({ client: client as never })
    letGo((connection as unknown as { subscriber: Single | Cluster }).subscriber)
    const ready = (connection as unknown as { ready: Promise<unknown> }).ready
    if (await within(this.#env, connectMsMax, ready)) return connection
    void connection.disconnect(false)
    throw new FiberWorkError(
      'FW_CONNECT_FAILED',
      `${shownRedis(this.#target)} did not answer within ${connectMsMax} ms${said instanceof Error ? `: ${said.message}` : ''}.`,
      { cause: said },
    )
  }
}
