import type { Connection as Client } from 'mysql2/promise'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { type Env, type Timer } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { loadMysql } from './client.ts'
import { isReply, toConnectError } from './errors.ts'
import type { Settings } from './options.ts'
import { askFacts, factsOf, type ServerFacts, sessionSettings } from './server.ts'
import type { Row } from './sql.ts'

/** A socket that is opened during a job must not carry that job for ever. */
const outside = AsyncLocalStorage.snapshot()

/** A silence may be our own: after it was noticed, what has meanwhile arrived is read first. */
const secondLookMs = 200

/** What one trip carries, at most: small enough for every max_allowed_packet that one meets. */
const tripCharsMax = 2_000_000

type Reach = Pick<Settings, 'server' | 'place' | 'silenceMs' | 'connectTimeoutMs' | 'env'>

/** One connection to the server, set up as our statements need it. It is not made anew: who finds it broken takes another. */
export class Connection {
  readonly facts: ServerFacts
  readonly #client: Client
  readonly #reach: Reach
  broken = false

  private constructor(client: Client, reach: Reach, facts: ServerFacts) {
    this.#client = client
    this.#reach = reach
    this.facts = facts
    const gone = () => (this.broken = true)
    client.on('error', gone)
    client.on('end', gone)
  }

  /** @throws FW_DRIVER_MISSING FW_CONNECT_FAILED FW_CALL_TIMEOUT */
  static async open(reach: Reach): Promise<Connection> {
    const { createConnection } = await loadMysql()
    let client: Client | undefined
    try {
      client = await outside(() =>
        createConnection({
          ...reach.server,
          charset: 'utf8mb4',
          multipleStatements: true,
          rowsAsArray: true,
          connectTimeout: reach.connectTimeoutMs,
        }),
      )
      client.on('error', () => {})
      const first = client
      const [rows] = await guarded(reach, client, () => first.query(askFacts))
      const facts = factsOf((rows as Row[])[0]!, reach.place)
      await guarded(reach, client, () => first.query(sessionSettings(facts)))
      return new Connection(client, reach, facts)
    } catch (error) {
      if (client !== undefined) drop(client)
      throw toConnectError(error, reach.place)
    }
  }

  /** Rejects with the raw error of the server, and with ours where there is no answer. */
  async run(statements: readonly string[]): Promise<Row[][]> {
    const tripMax = Math.min(tripCharsMax, this.facts.packetBytesMax / 4)
    const answers: Row[][] = []
    let trip: string[] = []
    let chars = 0
    for (const statement of statements) {
      if (trip.length > 0 && chars + statement.length > tripMax) {
        answers.push(...(await this.#send(trip)))
        trip = []
        chars = 0
      }
      trip.push(statement)
      chars += statement.length
    }
    if (trip.length > 0) answers.push(...(await this.#send(trip)))
    return answers
  }

  async #send(statements: readonly string[]): Promise<Row[][]> {
    const text = statements.join(';\n')
    const { packetBytesMax } = this.facts
    if (text.length * 3 > packetBytesMax && Buffer.byteLength(text) >= packetBytesMax) throw tooLarge(packetBytesMax)
    try {
      const [answer] = await guarded(this.#reach, this.#client, () => this.#client.query(text))
      return rowsOf(answer, statements.length)
    } catch (error) {
      if (!isReply(error)) this.destroy()
      throw error
    }
  }

  async close(): Promise<void> {
    if (this.broken) return
    this.broken = true
    await guarded(this.#reach, this.#client, () => this.#client.end()).catch(() => drop(this.#client))
  }

  destroy(): void {
    this.broken = true
    drop(this.#client)
  }
}

/** The rows of each statement. One statement alone answers without a list around it. */
function rowsOf(answer: unknown, count: number): Row[][] {
  const each = count === 1 ? [answer] : (answer as unknown[])
  return each.map((rows) => (Array.isArray(rows) ? (rows as Row[]) : []))
}

/** mysql2's own `destroy` says goodbye, and waits for the answer: to nobody, for a quarter of an hour, and the process with it. */
function drop(client: Client): void {
  client.destroy()
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.destroy()
}

/** With a deadline: a connection that says nothing for so long is given up. */
function guarded<T>({ env, silenceMs, place }: Reach, client: Client, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: Timer = idle(env, silenceMs, () => {
      timer = idle(env, secondLookMs, () => {
        drop(client)
        reject(
          new FiberWorkError('FW_CALL_TIMEOUT', `${place}: no answer for ${silenceMs} ms; the connection is given up.`),
        )
      })
    })
    work()
      .then(resolve, reject)
      .finally(() => env.clearTimer(timer))
  })
}

const idle = (env: Env, ms: number, run: () => void): Timer => outside(() => env.setTimer(run, ms, 'idle'))

const tooLarge = (bytes: number): FiberWorkError =>
  new FiberWorkError(
    'FW_BODY_TOO_LARGE',
    `A job does not fit into the server's max_allowed_packet of ${bytes} bytes; raise it there, or store the data elsewhere.`,
  )
