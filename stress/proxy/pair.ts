import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialogue } from './protocol.ts'

/** What happens to bytes on their way. */
export interface Weather {
  delayMs: number
  bytesPerS: number
  /** Held back until the weather clears. */
  held: Promise<void> | undefined
}

/** What becomes of the reply to a request: whether it is lost, and who wants to know of it when it came from the server. */
export interface ReplyPlan {
  lose: boolean
  came: (reply: Buffer) => void
}

/** Who understands what is said, and is asked of each request. */
export interface Listener {
  dialogue: Dialogue
  plan(request: Buffer): ReplyPlan | undefined
}

interface Parcel {
  chunk: Buffer
  dueMs: number
}

/** Sends on what one side says, in order, as the weather allows. */
class Pump {
  readonly #to: Socket
  readonly #weather: Weather
  readonly #parcels: Parcel[] = []
  #running = false
  #ended = false

  constructor(to: Socket, weather: Weather) {
    this.#to = to
    this.#weather = weather
  }

  send(chunk: Buffer): void {
    this.#parcels.push({ chunk, dueMs: performance.now() + this.#weather.delayMs })
    void this.#run()
  }

  /** When all is sent. */
  end(): void {
    this.#ended = true
    void this.#run()
  }

  drop(): void {
    this.#parcels.length = 0
  }

  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    for (let parcel = this.#parcels.shift(); parcel !== undefined; parcel = this.#parcels.shift()) {
      await this.#weather.held
      // A timer may fire a moment early.
      for (let earlyMs = Infinity; (earlyMs = parcel.dueMs - performance.now()) > 0;) await sleep(Math.ceil(earlyMs))
      await this.#pour(parcel.chunk)
    }
    this.#running = false
    if (this.#ended) this.#to.end()
  }

  /** Drop by drop where it is throttled. */
  async #pour(chunk: Buffer): Promise<void> {
    for (let from = 0; from < chunk.length && !this.#to.destroyed;) {
      const { bytesPerS } = this.#weather
      const size = Number.isFinite(bytesPerS) ? Math.max(1, Math.floor(bytesPerS / 20)) : chunk.length
      this.#to.write(chunk.subarray(from, from + size))
      from += size
      if (Number.isFinite(bytesPerS)) await sleep((1_000 * size) / bytesPerS)
    }
  }
}

/** One connection through the proxy. */
export class Pair {
  readonly #client: Socket
  readonly #server: Socket | undefined
  readonly #toClient: Pump
  readonly #toServer: Pump | undefined
  readonly #listener: Listener | undefined
  /** What has come so far of the request and of the reply that are not whole yet; of a reply only where there is a plan for it. */
  #request: Buffer[] = []
  #reply: Buffer[] = []
  /** How many requests went out, how many replies came back, and for which there is a plan. */
  #asked = 0
  #answered = 0
  readonly #plans = new Map<number, ReplyPlan>()
  #black = false

  /** Without a server it swallows from the beginning. */
  constructor(client: Socket, server: Socket | undefined, weather: Weather, listener: Listener | undefined) {
    this.#client = client
    this.#server = server
    this.#listener = listener
    this.#toClient = new Pump(client, weather)
    this.#toServer = server && new Pump(server, weather)
    this.#black = server === undefined
    this.#join(client, (chunk) => this.#fromClient(chunk), this.#toServer, server)
    if (server !== undefined) this.#join(server, (chunk) => this.#fromServer(chunk), this.#toClient, client)
  }

  /** From now on nothing gets through, and neither side learns of it, not even of the other's end. */
  swallow(): void {
    this.#black = true
    this.#toClient.drop()
    this.#toServer?.drop()
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#server?.resetAndDestroy()
  }

  end(): void {
    this.#client.end()
    this.#server?.end()
  }

  destroy(): void {
    this.#client.destroy()
    this.#server?.destroy()
  }

  #join(from: Socket, receive: (chunk: Buffer) => void, pump: Pump | undefined, to: Socket | undefined): void {
    from.on('data', (chunk: Buffer) => {
      if (!this.#black) receive(chunk)
    })
    from.on('end', () => {
      if (!this.#black) pump?.end()
    })
    from.on('error', () => {
      if (!this.#black) to?.resetAndDestroy()
    })
    from.on('close', () => {
      if (!this.#black) pump?.end()
    })
  }

  #fromClient(chunk: Buffer): void {
    if (this.#listener === undefined) return this.#toServer?.send(chunk)
    for (const { bytes, ends } of this.#listener.dialogue.fromClient(chunk)) {
      this.#request.push(bytes)
      // Before its last part leaves: the reply may be quick.
      if (ends) this.#planReply(this.#listener)
      this.#toServer?.send(bytes)
    }
  }

  #planReply(listener: Listener): void {
    const plan = listener.plan(Buffer.concat(this.#request))
    this.#request = []
    this.#asked++
    if (plan !== undefined) this.#plans.set(this.#asked, plan)
  }

  #fromServer(chunk: Buffer): void {
    if (this.#listener === undefined) return this.#toClient.send(chunk)
    for (const { bytes, ends } of this.#listener.dialogue.fromServer(chunk)) {
      const plan = this.#plans.get(this.#answered + 1)
      if (plan?.lose !== true) this.#toClient.send(bytes)
      if (plan !== undefined) this.#reply.push(bytes)
      if (!ends) continue
      this.#plans.delete(++this.#answered)
      if (plan === undefined) continue
      if (plan.lose) this.reset()
      plan.came(Buffer.concat(this.#reply))
      this.#reply = []
      if (plan.lose) return
    }
  }
}
