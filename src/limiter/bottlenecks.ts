import type Bottleneck from 'bottleneck'
import { FiberWorkError } from '../contract/errors.ts'
import type { Redis } from './redis.ts'

/** What one gate asks of bottleneck: a reservoir of tokens, or so many at once. */
export interface GateSettings {
  reservoir?: number
  reservoirIncreaseAmount?: number
  reservoirIncreaseInterval?: number
  reservoirIncreaseMaximum?: number
  maxConcurrent?: number
}

export interface GatePlace {
  /** The limit's name is the hash tag: all keys of a limit are in one slot of a cluster. */
  id: string
  settings: GateSettings
  /** How long Redis remembers a gate that nobody uses: as long as its bucket needs to fill. */
  keepMs: number
  /** Undefined: this process alone. */
  redis: Redis | undefined
}

/** bottleneck looks this often whether tokens came: in this process for its own timer, and over Redis, where somebody has to ask. */
const lookMs = { local: 10, redis: 250 }

/**
 * Redis was flushed, or failed over without the keys; or this process was silent for so long that it was forgotten. bottleneck has
 * a remedy for both and does not know the error when it comes from Redis 7: it would fail for ever.
 */
const isLost = (error: unknown): boolean => /SETTINGS_KEY_NOT_FOUND|UNKNOWN_CLIENT/.test(String(error))

const rebuildsMax = 3

/**
 * One bottleneck limiter, made when it is first used, and made anew when Redis has lost its keys. A call to it costs
 * milliseconds, and runs in a foreign async context: whoever uses it takes much at once, and leaves its job outside.
 */
export class Gatekeeper {
  readonly #place: GatePlace
  readonly #onRebuilt: (error: unknown) => void
  #built: Promise<Built> | undefined

  constructor(place: GatePlace, onRebuilt: (error: unknown) => void) {
    this.#place = place
    this.#onRebuilt = onRebuilt
  }

  /**
   * Resolves when `weight` is there. It counts as running until what `hold` answers has resolved, or for `expiration` at most.
   * Throws `FW_STORE_FAILED`, `FW_CONNECT_FAILED`, `FW_DRIVER_MISSING`, and `FW_SHUTDOWN` when it is closed meanwhile.
   */
  async take(weight: number, hold: () => Promise<void>, expiration?: number): Promise<void> {
    const options = expiration === undefined ? { weight } : { weight, expiration }
    for (let rebuilds = 0; ; rebuilds++) {
      const built = await (this.#built ??= this.#build())
      const taken = Promise.withResolvers<void>()
      const begin = async () => {
        // A limiter that was given up may still come to it.
        if (built.ended !== undefined) return
        taken.resolve()
        await hold()
      }
      // What it says after it has begun is of no interest: bottleneck then looks after itself.
      built.limiter.schedule(options, begin).catch(taken.reject)
      try {
        return await Promise.race([taken.promise, built.over])
      } catch (error) {
        if (!isLost(error) || rebuilds === rebuildsMax) throw failure(this.#place.id, error)
        this.#rebuild(built, error)
      }
    }
  }

  /** Tokens that were taken and not used. */
  giveBack(count: number): void {
    // Lost with the connection they are as if used: fewer calls than allowed, never more.
    void this.#built?.then(({ limiter }) => limiter.incrementReservoir(count)).catch(() => undefined)
  }

  /** Idempotent; it can be used again. */
  async close(): Promise<void> {
    const built = this.#built
    this.#built = undefined
    const error = new FiberWorkError('FW_SHUTDOWN', 'The limits of this process were closed while a call waited.')
    await built?.then((one) => one.end(error)).catch(() => undefined)
  }

  /** The next call makes a new one. Everybody who waited at the old one comes here. */
  #rebuild(built: Built, error: unknown): void {
    if (built.rebuilt) return
    built.rebuilt = true
    built.end(error)
    this.#built = undefined
    this.#onRebuilt(error)
  }

  #build(): Promise<Built> {
    const building = this.#make()
    building.catch(() => {
      if (this.#built === building) this.#built = undefined
    })
    return building
  }

  async #make(): Promise<Built> {
    const { default: Limiter } = await import('bottleneck')
    const { id, settings, keepMs, redis } = this.#place
    if (redis === undefined) return new Built(new Limiter({ ...settings, ...every(lookMs.local) }), undefined)
    const connection = await redis.connection(Limiter)
    const shared = { id, datastore: 'ioredis', connection, clearDatastore: false, timeout: keepMs } as const
    const built = new Built(new Limiter({ ...shared, ...settings, ...every(lookMs.redis) }), connection)
    await built.limiter.ready()
    const { reservoir: _, ...current } = settings
    // What Redis remembers of an earlier version of the code gives way.
    await (built.limiter.updateSettings(current) as unknown as Promise<unknown>)
    return built
  }
}

/** An option that bottleneck has and its types do not. */
const every = (heartbeatInterval: number): object => ({ heartbeatInterval })

/** What we know of the insides of bottleneck, which is pinned to one version that will never change. */
interface Inside {
  _store: { heartbeat: NodeJS.Timeout | undefined }
  channel(): string
  channel_client(): string
}
interface ConnectionInside {
  limiters: Record<string, unknown>
  subscriber: { unsubscribe(...channels: string[]): Promise<unknown> }
}

class Built {
  readonly limiter: Bottleneck
  /** Rejects when it has ended. */
  readonly over: Promise<never>
  ended: { error: unknown } | undefined = undefined
  rebuilt = false
  readonly #connection: Bottleneck.IORedisConnection | undefined
  readonly #reject: (error: unknown) => void

  constructor(limiter: Bottleneck, connection: Bottleneck.IORedisConnection | undefined) {
    this.limiter = limiter
    this.#connection = connection
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    this.over = promise
    this.#reject = reject
    // Of a gate where somebody waits the loss is told by its heartbeat alone. Other errors are the connection's, which comes back.
    limiter.on('error', (error) => {
      if (isLost(error)) this.#reject(error)
    })
  }

  end(error: unknown): void {
    if (this.ended !== undefined) return
    this.ended = { error }
    this.#reject(error)
    const inside = this.limiter as unknown as Inside
    clearInterval(inside._store.heartbeat)
    // Not its own `disconnect`: that leaves a rejection which nobody handles when the connection breaks meanwhile.
    const connection = this.#connection as unknown as ConnectionInside | undefined
    if (connection === undefined) return
    const channels = [inside.channel(), inside.channel_client()]
    for (const channel of channels) delete connection.limiters[channel]
    connection.subscriber.unsubscribe(...channels).catch(() => undefined)
  }
}

function failure(id: string, cause: unknown): unknown {
  if (cause instanceof FiberWorkError) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  return new FiberWorkError('FW_STORE_FAILED', `The limit ${id} could not be asked for: ${said}`, { cause })
}
