import { AsyncLocalStorage } from 'node:async_hooks'
import { type Env, sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { type Client, loadPg } from './client.ts'
import { isReply, leadsAstray, toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'

/** What it takes to reach the server; without `env` it can be cloned to a thread. */
export type Reach = Pick<Settings, 'place' | 'config' | 'anyHost' | 'schema' | 'silenceMs' | 'connectTimeoutMs'> & {
  env: Env
}

export type Row = Record<string, unknown>

/** A socket that is opened during a job must not carry that job for ever. */
const outside = AsyncLocalStorage.snapshot()

const backoffMs = { least: 50, most: 1_000 }

/**
 * One connection, made when it is needed and made anew after it broke: closed, silent for too long, or led astray. One statement
 * at a time; what was on its way when it broke is rejected (retryable), and nobody knows whether it was done.
 */
export class Connection {
  /** Told of each notification, and with undefined when some may have been lost. */
  onNotify: ((payload: string | undefined) => void) | undefined
  readonly #reach: Reach
  readonly #name: string
  readonly #greeting: string | undefined
  readonly #closing = new AbortController()
  #client: Client | undefined
  #connecting: Promise<Client> | undefined
  #lost: ((error: Error) => void) | undefined
  #failures = 0

  /** `greeting` is a statement that each new connection begins with. */
  constructor(reach: Reach, name: string, greeting?: string) {
    this.#reach = reach
    this.#name = name
    this.#greeting = greeting
  }

  /** As the server said it at the greeting; 0 while there is no connection. */
  get processId(): number {
    return this.#client?.processID ?? 0
  }

  /** Parameters are texts: no statement is prepared by name, and nothing is left behind in the session. */
  async query(text: string, values: readonly unknown[], verb: string): Promise<Row[]> {
    const client = this.#client ?? (await this.#connect())
    try {
      return await this.#answered(client, client.query({ text, values }))
    } catch (error) {
      if (!isReply(error) || leadsAstray(error)) this.#drop(client, error as Error)
      throw toFiberWorkError(error, { place: this.#reach.place, verb })
    }
  }

  /** Connect now, if that has not been done. */
  async ready(): Promise<void> {
    if (this.#client === undefined) await this.#connect()
  }

  close(): void {
    this.#closing.abort()
    if (this.#client !== undefined) this.#drop(this.#client, this.#closed(), true)
  }

  /** The answer, or an error once the connection is lost or has been silent for too long. */
  async #answered(client: Client, answer: Promise<{ rows: Row[] }>): Promise<Row[]> {
    const { env, silenceMs, place } = this.#reach
    // Whoever came first has told it.
    answer.catch(() => {})
    let lost!: (error: Error) => void
    const lostFirst = new Promise<never>((_, reject) => (lost = reject))
    this.#lost = lost
    const silence = env.setTimer(
      () =>
        lost(
          new FiberWorkError('FW_CALL_TIMEOUT', `${place}: no answer for ${silenceMs} ms; the connection is given up.`),
        ),
      silenceMs,
      'idle',
    )
    try {
      const { rows } = await Promise.race([answer, lostFirst])
      this.#failures = 0
      return rows
    } finally {
      env.clearTimer(silence)
      if (this.#client === client) this.#lost = undefined
    }
  }

  #connect(): Promise<Client> {
    this.#connecting ??= outside(() => this.#dial()).finally(() => (this.#connecting = undefined))
    return this.#connecting
  }

  async #dial(): Promise<Client> {
    const { env, config, anyHost, connectTimeoutMs, place } = this.#reach
    if (this.#failures > 0) {
      const mostMs = Math.min(backoffMs.least * 2 ** (this.#failures - 1), backoffMs.most)
      await sleep(env, mostMs * (0.5 + env.random() / 2), this.#closing.signal)
    }
    if (this.#closing.signal.aborted) throw this.#closed()
    const again = this.#failures++ > 0
    const make = await loadPg()
    const client = make({
      application_name: this.#name,
      ...config,
      ...(anyHost && { ssl: { ...(config.ssl as object), checkServerIdentity: () => undefined } }),
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
    })
    let reason: Error = new Error('closed by the other side')
    client.on('error', (error) => (reason = error))
    client.on('end', () => this.#drop(client, reason))
    client.on('notification', ({ payload }) => this.onNotify?.(payload ?? ''))
    try {
      await client.connect()
      if (this.#greeting !== undefined) await client.query({ text: this.#greeting, values: [] })
    } catch (error) {
      end(client)
      throw toFiberWorkError(error, { place, verb: 'connect' })
    }
    if (this.#closing.signal.aborted) {
      end(client)
      throw this.#closed()
    }
    this.#client = client
    if (again) this.onNotify?.(undefined)
    return client
  }

  /** The connection is of no use any more. */
  #drop(client: Client, error: Error, politely = false): void {
    if (this.#client === client) {
      this.#client = undefined
      this.#lost?.(error)
      this.#lost = undefined
      this.onNotify?.(undefined)
    }
    end(client, politely)
  }

  #closed(): FiberWorkError {
    return new FiberWorkError('FW_DRIVER_CLOSED', `${this.#reach.place}: the connection was closed.`)
  }
}

/** Politely, where the server is to know it at once; else there is nothing left to say. */
function end(client: Client, politely = false): void {
  if (politely) void client.end().catch(() => {})
  else client.connection.stream.destroy()
}
