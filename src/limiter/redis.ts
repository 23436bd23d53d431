import type Bottleneck from 'bottleneck'
import type * as Ioredis from 'ioredis'
import { type Env, within } from '../base/env.ts'
import { redactUrl } from '../base/text.ts'
import { FiberWorkError } from '../contract/errors.ts'

type Single = Ioredis.Redis
type Cluster = Ioredis.Cluster

/** What is asked of a user's own `Redis` or `Cluster`. Not their types: whoever has no ioredis still reads our declarations. */
export interface RedisClient {
  readonly options: object
  duplicate(...given: never[]): unknown
}

/** A URL, or the user's own ioredis client: it is copied, never used or closed. */
export type RedisTarget = string | RedisClient

const connectMsMax = 10_000

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
    return typeof this.#target === 'string' ? '' : ((this.#target as Single | Cluster).options.keyPrefix ?? '')
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
    const client = await this.#client()
    let said: unknown
    client.on('error', (error) => (said = error))
    letGo(client)
    const connection = new Limiter.IORedisConnection({ client: client as never })
    letGo((connection as unknown as { subscriber: Single | Cluster }).subscriber)
    const ready = (connection as unknown as { ready: Promise<unknown> }).ready
    if (await within(this.#env, connectMsMax, ready)) return connection
    void connection.disconnect(false)
    throw new FiberWorkError(
      'FW_CONNECT_FAILED',
      `${this.#shown} did not answer within ${connectMsMax} ms${said instanceof Error ? `: ${said.message}` : ''}.`,
      { cause: said },
    )
  }

  async #client(): Promise<Single | Cluster> {
    const target = this.#target
    const own = { keyPrefix: '', lazyConnect: false, enableOfflineQueue: true }
    if (typeof target !== 'string') {
      const client = target as Single | Cluster
      return 'nodes' in client ? client.duplicate([], own) : client.duplicate(own)
    }
    const { Redis: Client } = await load()
    return new Client(target, own)
  }

  get #shown(): string {
    return typeof this.#target === 'string' ? redactUrl(this.#target) : 'The Redis of the given client'
  }
}

async function load(): Promise<typeof Ioredis> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new FiberWorkError(
      'FW_DRIVER_MISSING',
      'A limit over Redis needs the package `ioredis`, which is not installed: npm install ioredis',
      { cause },
    )
  }
}

interface Unref {
  unref?: () => void
}

/** An idle connection does not keep the process alive; whoever waits for a turn does that himself. */
function letGo(client: Single | Cluster): void {
  if ('nodes' in client) {
    client.on('+node', (node: Single) => letGo(node))
    for (const node of client.nodes()) letGo(node)
    return
  }
  const inside = client as unknown as { stream?: Unref; reconnectTimeout?: Unref | null }
  const unref = () => inside.stream?.unref?.()
  client.on('connect', unref)
  client.on('reconnecting', () => inside.reconnectTimeout?.unref?.())
  unref()
}
