import { AsyncLocalStorage } from 'node:async_hooks'
import { sleep, type Env, type Timer } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Client } from './client.ts'
import { type Dial, end } from './connect.ts'
import { isReply, leadsAstray } from './errors.ts'

/** A socket that is opened during a job must not carry that job for ever. */
const outside = AsyncLocalStorage.snapshot()

const backoffMs = { least: 50, most: 1_000 }

/** A silence may be our own: after it was noticed, what has meanwhile arrived is read first. */
const secondLookMs = 200

export interface ConnectionOptions {
  env: Env
  server: string
  /** How long the server may owe an answer without sending anything. */
  silenceMs: number
  dial: Dial
}

interface Waiting {
  readonly client: Client
  readonly sinceMs: number
  reject(error: Error): void
}

/**
 * A connection that is made when it is needed, and made anew after it broke: closed, silent for too long, or led astray.
 * Calls that were on their way are rejected (retryable); nobody knows whether they were done.
 */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #closing = new AbortController()
  #client: Client | undefined
  #connecting: Promise<Client> | undefined
  /** Attempts and connections in a row that came to nothing. */
  #failures = 0
  /** Oldest first. No `Set`: `src/engine/roster.ts` tells why. */
  #waiting: Waiting[] = []
  #watch: Timer | undefined
  #heardAtMs = 0
  #bytesHeard = 0
  #corked: Client | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Rejects with the raw error of the server, and with ours where there is no answer. */
  async send(command: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#write(this.#client ?? (await this.#connect()), command, args)
  }

  /** Connect now, if that has not been done. */
  async ready(): Promise<void> {
    if (this.#client === undefined) await this.#connect()
  }

  close(): void {
    this.#closing.abort()
    if (this.#client !== undefined) this.#drop(this.#client, closed(this.#options.server))
  }

  #connect(): Promise<Client> {
    if (this.#connecting === undefined) {
      this.#connecting = outside(() => this.#dial()).finally(() => (this.#connecting = undefined))
    }
    return this.#connecting
  }

  async #dial(): Promise<Client> {
    const { env, server, dial } = this.#options
    if (this.#failures > 0) {
      const mostMs = Math.min(backoffMs.least * 2 ** (this.#failures - 1), backoffMs.most)
      await sleep(env, mostMs * (0.5 + env.random() / 2), this.#closing.signal)
    }
    if (this.#closing.signal.aborted) throw closed(server)
    this.#failures++
    const client = await dial()
    if (this.#closing.signal.aborted) {
      end(client)
      throw closed(server)
    }
    let reason = 'closed by the other side'
    client.on('error', (error) => (reason = error.message))
    client.on('close', () => this.#drop(client, cut(server, reason)))
    if (client.status !== 'ready') throw cut(server, reason)
    this.#client = client
    return client
  }

  #write(client: Client, command: string, args: readonly (string | number)[]): Promise<unknown> {
    this.#cork(client)
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { client, sinceMs: this.#options.env.monoMs(), reject }
      this.#waiting.push(waiting)
      this.#watchOver(client)
      client.call(command, ...args).then(
        (answer) => {
          if (!this.#answered(waiting)) return
          this.#heard(client)
          resolve(answer)
        },
        (error: Error) => {
          if (!this.#answered(waiting)) return
          if (leadsAstray(error)) this.#drop(client, error)
          else if (isReply(error)) this.#heard(client)
          reject(error)
        },
      )
    })
  }

  /** False for one that was given up meanwhile. Answers come in the order of the calls: mostly it is the first. */
  #answered(waiting: Waiting): boolean {
    const at = this.#waiting.indexOf(waiting)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  #heard(client: Client): void {
    this.#failures = 0
    this.#heardAtMs = this.#options.env.monoMs()
    this.#bytesHeard = bytesOf(client)
  }

  /** What one turn of the loop sends leaves in one write: half the CPU of writing each call by itself. */
  #cork(client: Client): void {
    if (this.#corked === client) return
    this.#corked = client
    client.stream?.cork()
    queueMicrotask(() =>
      this.#options.env.afterReactions(() => {
        if (this.#corked === client) this.#corked = undefined
        client.stream?.uncork()
      }),
    )
  }

  /** One timer, and only while somebody waits for an answer. */
  #watchOver(client: Client): void {
    if (this.#watch !== undefined) return
    this.#bytesHeard = bytesOf(client)
    this.#watch = outside(() => this.#options.env.setTimer(() => this.#look(false), this.#options.silenceMs, 'idle'))
  }

  #look(again: boolean): void {
    const { env, server, silenceMs } = this.#options
    this.#watch = undefined
    const [oldest] = this.#waiting
    if (oldest === undefined) return
    // A long answer is no silence while it comes in.
    const bytes = bytesOf(oldest.client)
    if (bytes !== this.#bytesHeard) this.#heardAtMs = env.monoMs()
    this.#bytesHeard = bytes
    const leftMs = Math.max(oldest.sinceMs, this.#heardAtMs) + silenceMs - env.monoMs()
    if (leftMs > 0) this.#watch = env.setTimer(() => this.#look(false), leftMs, 'idle')
    else if (!again) this.#watch = env.setTimer(() => this.#look(true), secondLookMs, 'idle')
    else this.#drop(oldest.client, silent(server, silenceMs))
  }

  /** The connection is of no use any more. */
  #drop(client: Client, error: Error): void {
    if (this.#client === client) this.#client = undefined
    const lost = this.#waiting.filter((waiting) => waiting.client === client)
    this.#waiting = this.#waiting.filter((waiting) => waiting.client !== client)
    for (const waiting of lost) waiting.reject(error)
    end(client)
  }
}

const bytesOf = (client: Client): number => client.stream?.bytesRead ?? 0

const closed = (server: string) => new FiberWorkError('FW_DRIVER_CLOSED', `${server}: the connection was closed.`)

const cut = (server: string, reason: string) =>
  new FiberWorkError('FW_STORE_FAILED', `${server}: the connection was lost before the answer (${reason}).`)

const silent = (server: string, silenceMs: number) =>
  new FiberWorkError('FW_CALL_TIMEOUT', `${server}: no answer for ${silenceMs} ms; the connection is given up.`)
