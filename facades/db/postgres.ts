import { connect as connectSocket } from 'node:net'
import type { Client, ClientConfig, QueryConfig, QueryResult } from 'pg'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { codeOf, lostCodes, messageOf } from './errors.ts'
import type { Statement } from './statements.ts'
import type { Answer, BeginOptions, Cursor, Dialect, Judgement, Row, Wire } from './wire.ts'

/** After so many names, a connection is as good as full of prepared statements. */
const namesMax = 256
const cancelRequest = 80_877_102

const conflicts = new Set(['40001', '40P01', '55P03'])
const lost = new Set(['57P01', '57P02', '57P03', '53300', '08000', '08001', '08003', '08004', '08006'])

const stalePlan = 'cached plan must not change result type'
const isStale = (error: unknown): boolean => messageOf(error) === stalePlan

/** What pg has, and its types do not name. */
interface Inner {
  processID: number | null
  secretKey: number | null
  host: string
  port: number
  readyForQuery: boolean
  connection: NodeJS.EventEmitter & { parsedStatements: Record<string, string>; stream: { destroy(): void } }
  getTransactionStatus(): 'I' | 'T' | 'E' | null
  ref(): void
  unref(): void
}

class PostgresWire implements Wire {
  readonly native: Client & Inner
  broken = false
  stained = false
  onBroken = (): void => {}
  readonly #names = new Set<string>()
  #cursors = 0

  constructor(client: Client & Inner) {
    this.native = client
    const gone = () => {
      if (this.broken) return
      this.broken = true
      this.onBroken()
    }
    client.on('error', gone)
    client.on('end', gone)
  }

  get state(): 'idle' | 'open' | 'failed' {
    const status = this.native.getTransactionStatus()
    return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'idle'
  }

  async run({ text, params, prepare }: Statement): Promise<Answer> {
    const name = prepare && params.length > 0 ? this.#nameOf(text.name) : undefined
    try {
      return await this.#run(text.sql, params, name)
    } catch (error) {
      if (name === undefined || !isStale(error)) throw error
      // Its table was changed under it. It has not run; in a transaction, nothing runs any more.
      this.stained = true
      if (this.state !== 'idle') throw error
      return this.#run(text.sql, params)
    }
  }

  async #run(text: string, params: readonly unknown[] = [], name?: string): Promise<Answer> {
    // pg takes a missing name as undefined, and its types do not; an object of one shape is made faster.
    const config = { text, values: params.length > 0 ? params : undefined, name } as QueryConfig
    let result: QueryResult<Row> | QueryResult<Row>[]
    try {
      result = await this.native.query<Row>(config)
    } catch (error) {
      return this.#failed(error)
    }
    // Several statements in one text: the last one's answer.
    const { rows, rowCount } = Array.isArray(result) ? result.at(-1)! : result
    return { rows, affected: rowCount ?? 0, insertId: undefined }
  }

  /** The error comes first, and what it has made of the transaction with the next message. */
  async #failed(error: unknown): Promise<never> {
    const { native } = this
    if (!native.readyForQuery && !this.broken) {
      const { connection } = native
      await new Promise<void>((resolve) => {
        const heard = () => {
          connection.off('readyForQuery', heard).off('end', heard)
          resolve()
        }
        connection.on('readyForQuery', heard).on('end', heard)
      })
    }
    throw error
  }

  /** A cursor of SQL: it lives in a transaction, its own where there is none. */
  async cursor(statement: Statement, rowsMax: number): Promise<Cursor> {
    const own = this.state === 'idle'
    const name = `fw_cursor_${++this.#cursors}`
    if (own) await this.#run('begin')
    try {
      const text = `declare ${name} no scroll cursor for ${statement.text.sql}`
      await this.#run(text, statement.params)
    } catch (error) {
      if (own) await this.#run('rollback')
      throw error
    }
    return {
      read: async () => (await this.#run(`fetch ${rowsMax} from ${name}`)).rows,
      close: async () => {
        if (own) await this.#run('commit')
        else if (this.state === 'open') await this.#run(`close ${name}`)
      },
    }
  }

  /** By the protocol's own request, on a socket of its own: it needs no login, and reaches the server through a pooler too. */
  cancel(): Promise<void> {
    const { processID, secretKey, host, port } = this.native
    const request = Buffer.alloc(16)
    for (const [i, word] of [16, cancelRequest, processID ?? 0, secretKey ?? 0].entries()) {
      request.writeInt32BE(word | 0, 4 * i)
    }
    return new Promise((resolve) => {
      const socket = host.startsWith('/') ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host)
      // The server closes it when it has passed the word on. What goes wrong shows by the statement not ending.
      socket.once('error', () => resolve()).once('close', () => resolve())
      socket.resume().end(request)
    })
  }

  /** A cancel that came too late strikes what comes next. */
  async probe(): Promise<void> {
    const look = () => this.native.query(this.state === 'failed' ? 'rollback' : 'select 1')
    await look().catch(look)
  }

  async reset(): Promise<void> {
    if (this.state !== 'idle') await this.native.query('rollback')
    await this.native.query('discard all')
    this.#names.clear()
    this.stained = false
    this.native.connection.parsedStatements = {}
  }

  hold(alive: boolean): void {
    if (alive) this.native.ref()
    else this.native.unref()
  }

  async end(): Promise<void> {
    await this.native.end()
  }

  destroy(): void {
    this.broken = true
    this.native.connection.stream.destroy()
  }

  #nameOf(name: string | undefined): string | undefined {
    if (name === undefined || this.#names.has(name)) return name
    if (this.#names.size >= namesMax) return undefined
    this.#names.add(name)
    return name
  }
}

/** Loaded at the first connection: pg is an optional peer. */
export async function loadPg(load: () => Promise<unknown> = () => import('pg')): Promise<typeof import('pg')> {
  try {
    return (await load()) as typeof import('pg')
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new FiberWorkError('FW_DRIVER_MISSING', 'Postgres needs the package pg: npm install pg', { cause: error })
  }
}

export class PostgresDialect implements Dialect {
  readonly kind = 'postgres'
  readonly cursorsBeside = true
  readonly #config: ClientConfig

  constructor(url: string) {
    this.#config = { connectionString: url, keepAlive: true, fallback_application_name: 'fiber-work' }
  }

  async connect(): Promise<Wire> {
    const pg = await loadPg()
    const client = new pg.default.Client(this.#config) as Client & Inner
    const wire = new PostgresWire(client)
    try {
      await client.connect()
    } catch (error) {
      wire.destroy()
      throw error
    }
    return wire
  }

  begin({ isolation, readOnly = false }: BeginOptions): string[] {
    return [`begin${isolation === undefined ? '' : ` isolation level ${isolation}`}${readOnly ? ' read only' : ''}`]
  }

  after(): string[] {
    return []
  }

  judge(error: unknown): Judgement {
    const code = codeOf(error)
    const message = messageOf(error)
    return { kind: kindOf(code, message), code, message, ended: false }
  }

  async close(): Promise<void> {}
}

function kindOf(code: string, message: string): Judgement['kind'] {
  if (code === '0A000') return message.includes(stalePlan) ? 'conflict' : 'failed'
  if (conflicts.has(code)) return 'conflict'
  if (code === '57014') return 'timeout'
  if (lost.has(code) || lostCodes.has(code)) return 'unreachable'
  return /^(?:Connection terminated|Client has encountered a connection error|timeout expired)/.test(message)
    ? 'unreachable'
    : 'failed'
}
