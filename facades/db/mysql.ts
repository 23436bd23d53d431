import type { Connection, ConnectionOptions, ResultSetHeader } from 'mysql2/promise'
import type { Readable } from 'node:stream'
import { type Env, within } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { codeOf, lostCodes, messageOf } from './errors.ts'
import type { Statement } from './statements.ts'
import type { Answer, BeginOptions, Cursor, Dialect, Judgement, Row, Wire } from './wire.ts'

type Mysql = typeof import('mysql2/promise')

/** Of the status that comes with every OK: a transaction is open. */
const inTransaction = 1
const preparedMax = 256
/** How long the side connection may take to end a statement. */
const sideMsMax = 2_000
const unpreparable = 'ER_UNSUPPORTED_PS'

/** Deadlock, lock wait, NOWAIT, "record has changed since last read". */
const conflicts = new Set([1213, 1205, 3572, 1020])
/** After these the server has rolled the whole transaction back; after a lock wait it depends on its settings. */
const enders = new Set([1213, 1205, 1020])
const lost = new Set([1040, 1053, 1080, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1203, 1927, 4031])
const interrupted = new Set([1317, 1969, 3024])

/** What lies under the promises; for streams and for what keeps the process alive, which have no promise. */
interface Core {
  threadId: number
  stream: { ref(): void; unref(): void; destroy(error?: Error): void }
  execute(options: { sql: string; values: unknown[] }): { stream(options: { highWaterMark: number }): Readable }
}

class MysqlWire implements Wire {
  readonly native: Connection & { connection: Core }
  readonly #kill: (thread: number) => Promise<void>
  broken = false
  readonly stained = false
  onBroken = (): void => {}
  state: 'idle' | 'open' | 'failed' = 'idle'

  constructor(connection: Connection & { connection: Core }, kill: (thread: number) => Promise<void>) {
    this.native = connection
    this.#kill = kill
    const gone = () => {
      if (this.broken) return
      this.broken = true
      this.onBroken()
    }
    connection.on('error', gone)
    connection.on('end', gone)
  }

  async run({ text, params, prepare }: Statement): Promise<Answer> {
    const values = params.includes(undefined) ? params.map((value) => value ?? null) : (params as unknown[])
    if (!prepare || text.unprepared) return this.#answer((await this.native.query(text.sql, values))[0])
    try {
      return this.#answer((await this.native.execute(text.sql, values as Parameters<Connection['execute']>[1]))[0])
    } catch (error) {
      if (codeOf(error) !== unpreparable) throw error
      text.unprepared = true
      return this.#answer((await this.native.query(text.sql, values))[0])
    }
  }

  #answer(result: unknown): Answer {
    if (Array.isArray(result)) {
      // A procedure answers a list of results, of which the last one is its own.
      const own = result.at(-1) as ResultSetHeader | Row | undefined
      const several = Array.isArray(result[0])
      if (several && own !== undefined && 'serverStatus' in own) this.#note(own as ResultSetHeader)
      const rows = (several ? result[0] : result) as Row[]
      return { rows, affected: rows.length, insertId: undefined }
    }
    const header = result as ResultSetHeader
    this.#note(header)
    return { rows: [], affected: header.affectedRows, insertId: header.insertId === 0 ? undefined : header.insertId }
  }

  #note({ serverStatus }: ResultSetHeader): void {
    this.state = (serverStatus & inTransaction) === 0 ? 'idle' : 'open'
  }

  /** Rows as they come in; the socket is paused while nobody reads. */
  async cursor({ text, params }: Statement, rowsMax: number): Promise<Cursor> {
    const stream = this.native.connection
      .execute({ sql: text.sql, values: params as unknown[] })
      .stream({ highWaterMark: rowsMax })
    const rows = stream[Symbol.asyncIterator]() as AsyncIterator<Row>
    let over = false
    return {
      read: async () => {
        const batch: Row[] = []
        // One that is there already costs a microtask.
        while (!over && batch.length < rowsMax) {
          const next = await rows.next().catch((error: unknown) => {
            over = true
            throw error
          })
          if (next.done === true) over = true
          else batch.push(next.value)
          if (stream.readableLength === 0) break
        }
        return batch
      },
      close: async () => {
        if (over) return
        // What is still to come would have to be read to its end: the server is told to stop.
        await this.cancel()
        await rows.return?.().catch(() => undefined)
        await this.probe()
      },
    }
  }

  cancel(): Promise<void> {
    return this.#kill(this.native.connection.threadId)
  }

  /** A `KILL QUERY` that came too late strikes what comes next. */
  async probe(): Promise<void> {
    await this.native.query('do 1').catch(() => this.native.query('do 1'))
  }

  async reset(): Promise<void> {
    await this.native.reset()
    this.state = 'idle'
  }

  hold(alive: boolean): void {
    const { stream } = this.native.connection
    if (alive) stream.ref()
    else stream.unref()
  }

  async end(): Promise<void> {
    await this.native.end()
  }

  destroy(): void {
    this.broken = true
    // mysql2's own `destroy` leaves whoever waits for an answer waiting.
    this.native.connection.stream.destroy(new Error('Connection lost: it was given up.'))
  }
}

/** Loaded at the first connection: mysql2 is an optional peer. Its promises only; its callbacks lose whose they are. */
export async function loadMysql(load: () => Promise<unknown> = () => import('mysql2/promise')): Promise<Mysql> {
  try {
    const loaded = (await load()) as Mysql & { default?: Mysql }
    return loaded.default ?? loaded
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FiberWorkError('FW_DRIVER_MISSING', 'MySQL and MariaDB need the package mysql2: npm install mysql2', {
      cause: error,
    })
  }
}

export class MysqlDialect implements Dialect {
  readonly kind = 'mysql'
  readonly cursorsBeside = false
  readonly #options: ConnectionOptions
  readonly #env: Env
  /** The connection on which statements of others are ended. */
  #side: Promise<Connection> | undefined

  constructor(url: string, connectMsMax: number, env: Env) {
    this.#env = env
    const uri = url.replace(/^mariadb:/i, 'mysql:')
    this.#options = {
      uri,
      connectTimeout: connectMsMax,
      maxPreparedStatements: preparedMax,
      supportBigNumbers: true,
      enableKeepAlive: true,
      // A stack a call, made when nothing has failed yet.
      trace: false,
    } as ConnectionOptions
  }

  async connect(): Promise<Wire> {
    const connection = (await this.#connect()) as Connection & { connection: Core }
    return new MysqlWire(connection, (thread) => this.#killQuery(thread))
  }

  async #connect(): Promise<Connection> {
    return (await loadMysql()).createConnection(this.#options)
  }

  async #killQuery(thread: number): Promise<void> {
    this.#side ??= this.#connect().then((side) => {
      const gone = () => (this.#side = undefined)
      side.on('error', gone)
      ;(side as Connection & { on(event: 'end', run: () => void): void }).on('end', gone)
      ;(side as Connection & { connection: Core }).connection.stream.unref()
      return side
    })
    const opening = this.#side
    try {
      const told = opening.then((side) => side.query(`kill query ${thread}`))
      if (!(await within(this.#env, sideMsMax, told))) throw new Error('The side connection is silent.')
    } catch (error) {
      // It may have ended by itself.
      if (codeOf(error) === 'ER_NO_SUCH_THREAD') return
      if (this.#side === opening) this.#side = undefined
      void opening.then((side) => side.destroy()).catch(() => {})
      throw error
    }
  }

  begin({ isolation, readOnly = false }: BeginOptions): string[] {
    const level = isolation === undefined ? [] : [`set transaction isolation level ${isolation}`]
    return [...level, `start transaction${readOnly ? ' read only' : ''}`]
  }

  after(): string[] {
    return []
  }

  judge(error: unknown): Judgement {
    const code = codeOf(error)
    const number = typeof error === 'object' && error !== null && 'errno' in error ? Number(error.errno) : 0
    const fatal = typeof error === 'object' && error !== null && 'fatal' in error && error.fatal === true
    const message = messageOf(error)
    const closed = /closed state|Connection lost/i.test(message)
    const refused = number >= 1_000 && !lost.has(number)
    const gone = lost.has(number) || lostCodes.has(code) || closed || (fatal && !refused)
    const kind = conflicts.has(number)
      ? 'conflict'
      : interrupted.has(number)
        ? 'timeout'
        : gone
          ? 'unreachable'
          : 'failed'
    return { kind, code, message, ended: enders.has(number) }
  }

  async close(): Promise<void> {
    const side = this.#side
    this.#side = undefined
    await side?.then((connection) => connection.end()).catch(() => undefined)
  }
}
