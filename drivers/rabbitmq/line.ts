import type { Socket } from 'node:net'
import { answered } from '../../src/base/answered.ts'
import { defaults } from '../../src/base/defaults.ts'
import { sleep, type Timer } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { type Channel, type ChannelModel, type ConfirmChannel, loadAmqplib } from './client.ts'
import { toConnectError, toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'

/** What came in time may still lie in the socket when the event loop was blocked: a deadline is looked at twice. */
const graceMs = 1_000

/** One connection to the broker, from its greeting to its loss. It is never repaired: whoever needs one opens another. */
export class Line {
  readonly #settings: Settings
  readonly #model: ChannelModel
  readonly #lost = new AbortController()
  /** What ended it, where somebody said so. */
  #trouble: unknown
  /** Why the broker takes no publishes on this connection; undefined while it does. */
  #blocked: string | undefined
  /** It takes them again, and has to catch up first. */
  #patientUntilMonoMs = -Infinity
  #probing = false

  private constructor(settings: Settings, model: ChannelModel) {
    this.#settings = settings
    this.#model = model
    model.on('error', (error: Error) => (this.#trouble = error))
    model.on('close', (error?: Error) => {
      this.#trouble ??= error
      this.#lost.abort()
      // amqplib says goodbye and waits for the peer's, which never comes out of a black hole: no process would end before.
      this.#stream.destroySoon()
    })
    model.on('blocked', (reason: string) => (this.#blocked = reason))
    model.on('unblocked', () => {
      this.#blocked = undefined
      this.#patientUntilMonoMs = settings.env.monoMs() + defaults.callTimeoutMs
    })
  }

  /** `use` is shown in the broker's list of connections. @throws FW_DRIVER_MISSING, FW_CONNECT_FAILED */
  static async open(settings: Settings, use: string): Promise<Line> {
    const { place, heartbeatS, tls, env } = settings
    const amqplib = await loadAmqplib()
    const to = {
      protocol: place.tls ? 'amqps' : 'amqp',
      hostname: place.host,
      port: place.port,
      username: place.user,
      password: place.password,
      vhost: encodeURIComponent(place.vhost),
      heartbeat: heartbeatS,
    }
    const socket = {
      ...tls,
      noDelay: true,
      keepAlive: true,
      keepAliveDelay: 30_000,
      timeout: defaults.callTimeoutMs,
      clientProperties: { connection_name: `fiber-work ${use}` },
    }
    try {
      const opening = amqplib.connect(to, socket)
      return new Line(settings, await answered(env, { verb: 'open', timeoutMs: defaults.callTimeoutMs }, opening))
    } catch (error) {
      throw toConnectError(error, place.shown)
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }
  get blocked(): string | undefined {
    return this.#blocked
  }

  channel(): Promise<Channel> {
    return this.#made(() => this.#model.createChannel({ highWaterMark: 1_024 }))
  }

  confirmChannel(): Promise<ConfirmChannel> {
    return this.#made(() => this.#model.createConfirmChannel({ highWaterMark: 1_024 }))
  }

  /** Ask something of the peer; one that does not answer in time is no peer any more. */
  async probe(ask: () => Promise<unknown>): Promise<void> {
    if (this.#probing || this.#lost.signal.aborted) return
    this.#probing = true
    try {
      await this.within('probe', ask())
    } catch {
      // What failed is the channel that was asked by, or the connection, which is given up by now.
    } finally {
      this.#probing = false
    }
  }

  /**
   * The answer, or `FW_CALL_TIMEOUT`: then the connection is given up, because a silent one says nothing for ever. A broker that
   * blocks us is alive and has its reasons.
   */
  within<A>(verb: string, answer: Promise<A>): Promise<A> {
    return new Promise((resolve, reject) => {
      const { env, place } = this.#settings
      const tooLate = () => {
        if (this.#blocked !== undefined || env.monoMs() < this.#patientUntilMonoMs) return wait(graceMs, tooLate)
        this.destroy()
        const message = `${place.shown} did not answer ${verb} within ${defaults.callTimeoutMs} ms.`
        reject(new FiberWorkError('FW_CALL_TIMEOUT', message))
      }
      let timer: Timer
      const wait = (ms: number, then: () => void) => void (timer = env.setTimer(then, ms, 'idle'))
      wait(defaults.callTimeoutMs, () => wait(graceMs, tooLate))
      answer.then(resolve, reject).finally(() => env.clearTimer(timer))
    })
  }

  /** How a failure on this line is told: by what ended the line, where something did. */
  told(error: unknown): FiberWorkError {
    return toFiberWorkError(this.#trouble ?? error, this.#settings.place.shown)
  }

  /** Close politely, but not for long. */
  async close(): Promise<void> {
    if (this.#lost.signal.aborted) return
    const closing = this.#model.close().catch(() => {})
    await Promise.race([closing, sleep(this.#settings.env, graceMs, undefined, 'idle')])
    this.destroy()
  }

  /** Now, without a word. */
  destroy(): void {
    if (this.#lost.signal.aborted) return
    // By the error of its stream amqplib tells every channel.
    this.#stream.destroy(new Error('Connection closed: it did not answer in time.'))
    this.#lost.abort()
  }

  /** amqplib's own: it has no verb for ending it. */
  get #stream(): Socket {
    return (this.#model.connection as unknown as { stream: Socket }).stream
  }

  async #made<C extends Channel>(make: () => Promise<C>): Promise<C> {
    try {
      const channel = await this.within('channel.open', make())
      // Whoever uses it hears of its end by what it asks for, or listens to `close`.
      channel.on('error', () => {})
      return channel
    } catch (error) {
      throw this.told(error)
    }
  }
}
