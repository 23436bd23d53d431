import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pair, type ReplyPlan, type Weather } from './pair.ts'
import type { Protocol } from './protocol.ts'

const retryMs = 20

export interface Upstream {
  port: number
  host?: string
}

export interface FaultProxyOptions {
  /** What is spoken through it: needed for `dropReply` and `onReply`. */
  protocol?: Protocol
}

/**
 * A TCP proxy on 127.0.0.1 that hurts the connections through it. Faults hold for open and for new connections until
 * `heal()`, except where they say otherwise.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #upstream: Upstream
  readonly #protocol: Protocol | undefined
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  readonly #weather: Weather = { delayMs: 0, bytesPerS: Infinity, held: undefined }
  #release = () => {}
  #swallowing = false
  #losing: { left: number; matches: (request: Buffer) => boolean; lost: () => void } | undefined
  #port = 0
  /** Connections that were ever opened through it. */
  accepted = 0
  /** Told of each answer of the server; it may not have arrived yet. */
  onReply: ((request: Buffer, reply: Buffer) => void) | undefined

  private constructor(upstream: Upstream, options: FaultProxyOptions) {
    this.#upstream = upstream
    this.#protocol = options.protocol
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  static async start(upstream: Upstream, options: FaultProxyOptions = {}): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream, options)
    await proxy.#listen(0)
    proxy.#port = (proxy.#server.address() as AddressInfo).port
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#pairs.size
  }

  /** Ends all open connections, abruptly (`reset`: RST on both sides) or in order (`end`: FIN). New ones are accepted. */
  cut(how: 'reset' | 'end' = 'reset'): void {
    for (const pair of this.#pairs) {
      if (how === 'reset') pair.reset()
      else pair.end()
    }
  }

  /**
   * Nothing gets through, and nobody learns of it: no RST, no FIN. `open`: only what is open now, as when a router forgets
   * its table; `all`: new connections are accepted and swallowed too. What was swallowed once stays dead after `heal()`.
   */
  blackhole(which: 'open' | 'all' = 'all'): void {
    for (const pair of this.#pairs) pair.swallow()
    this.#swallowing = which === 'all'
  }

  /** Bytes wait, and are delivered at `heal()`: a network that is down for a while. */
  hold(): void {
    this.#weather.held ??= new Promise((resolve) => (this.#release = resolve))
  }

  /** Each way takes this long. */
  delay(ms: number): void {
    this.#weather.delayMs = ms
  }

  /** Each connection carries this much, each way. */
  throttle(bytesPerS: number): void {
    this.#weather.bytesPerS = bytesPerS
  }

  /**
   * The nth request from now (1 is the next one), of those that match, is forwarded and answered; its answer is lost, and
   * its connection reset. Resolves when that has happened.
   */
  dropReply(nth = 1, matches: (request: Buffer) => boolean = () => true): Promise<void> {
    if (this.#protocol === undefined) throw new Error('dropReply needs a protocol')
    return new Promise((lost) => (this.#losing = { left: nth, matches, lost }))
  }

  /** Nobody listens any more: new connections are refused. Open ones go on. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return
    // Its callback comes when the last connection has ended; it listens no more at once.
    this.#server.close()
  }

  async heal(): Promise<void> {
    Object.assign(this.#weather, { delayMs: 0, bytesPerS: Infinity, held: undefined })
    this.#release()
    this.#swallowing = false
    this.#losing = undefined
    while (!this.#server.listening) {
      // While nobody listened somebody else's connection may have been given the port.
      await this.#listen(this.#port).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') throw error
        return sleep(retryMs)
      })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release()
    for (const pair of this.#pairs) pair.destroy()
    if (this.#server.listening) await new Promise((closed) => this.#server.close(closed))
  }

  async #listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  #accept(client: Socket): void {
    this.accepted++
    client.setNoDelay(true)
    const { host = '127.0.0.1', port } = this.#upstream
    const server = this.#swallowing ? undefined : connect({ host, port, noDelay: true, allowHalfOpen: true })
    const dialogue = this.#protocol?.()
    const listener = dialogue && { dialogue, plan: (request: Buffer) => this.#plan(request) }
    const pair = new Pair(client, server, this.#weather, listener)
    this.#pairs.add(pair)
    client.on('close', () => this.#pairs.delete(pair))
  }

  #plan(request: Buffer): ReplyPlan | undefined {
    const { onReply } = this
    const losing = this.#losing
    const lose = losing !== undefined && losing.matches(request) && --losing.left <= 0
    if (lose) this.#losing = undefined
    if (!lose && onReply === undefined) return undefined
    const came = (reply: Buffer) => {
      onReply?.(request, reply)
      if (lose) losing.lost()
    }
    return { lose, came }
  }
}
