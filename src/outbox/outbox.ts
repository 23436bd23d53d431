import type { Env } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { StoredJob } from '../contract/job.ts'
import type { Outbox, OutboxState, OutboxWay } from '../contract/outbox.ts'
import type { CarriedTransaction, OpenTransaction, TransactionTries } from '../contract/transaction.ts'
import { carriedTransactions } from '../sandbox/transaction.ts'
import { outside } from '../sandbox/storage.ts'
import { Relay } from './relay.ts'
import { OutboxTable } from './table.ts'

/** The database of an outbox: `Db`, or what `createDb` answers. */
export interface OutboxDb {
  query(sql: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>
  transaction<T>(work: () => Promise<T>, options?: TransactionTries): Promise<T>
}

export interface OutboxOptions {
  env: Env
  db: OutboxDb
  /** Which broker the jobs are for: one table may serve several. */
  target: string
  /** A claim of a relay lives so long without renewal; 10 s by default. */
  claimMs?: number
  /** How often is looked for what other processes have written; 1 s by default. */
  pollMs?: number
  /** How often it is counted; 5 s by default. */
  stateMs?: number
  /** About so many jobs may wait in it: it is counted now and then, not for each; 1,000,000 by default. */
  rowsMax?: number
  /** Lets go of a database of its own. */
  end?: () => Promise<void>
}

const insertMax = 500
const targetCharsMax = 255

/** An outbox in a SQL database. `open` first. */
export class DbOutbox implements Outbox {
  readonly #options: OutboxOptions
  readonly #table: OutboxTable
  readonly #place: Pick<OpenTransaction, 'dialect' | 'place'>
  /** One id for each transaction: what a relay keeps in order. */
  readonly #transactions = new WeakMap<OpenTransaction, string>()
  #relay: Relay | undefined
  #waiting = 0

  private constructor(options: OutboxOptions, place: Pick<OpenTransaction, 'dialect' | 'place'>) {
    this.#options = options
    this.#place = place
    this.#table = new OutboxTable(place.dialect, options.target)
  }

  /** Creates the table where it is missing. Throws what the database says, `FW_CONNECT_FAILED`, `FW_CONFIG_INVALID`. */
  static open(options: OutboxOptions): Promise<DbOutbox> {
    if (options.target.length > targetCharsMax) {
      const message = `The outbox calls its broker by its URL, which has ${options.target.length} characters; up to ${targetCharsMax} are allowed.`
      throw new FiberWorkError('FW_CONFIG_INVALID', message)
    }
    return outside(async () => {
      const { db } = options
      const { dialect, place } = await db.transaction(async () => carriedTransactions()[0]!)
      const outbox = new DbOutbox(options, { dialect, place })
      await outbox.#table.prepare((sql, params) => db.query(sql, params))
      return outbox
    })
  }

  start(way: OutboxWay): void {
    const { env, db, target, claimMs = 10_000, pollMs = 1_000, stateMs = 5_000 } = this.#options
    const table = this.#table
    // Each batch has its own: what is renewed or given back is that batch alone.
    let claimant = ''
    const query: OutboxDb['query'] = (sql, params) => db.query(sql, params)
    const claim = (limit: number) => {
      claimant = env.id()
      return this.#inTransaction((tx) => table.claim(tx, claimant, limit, claimMs))
    }
    const actions = {
      any: () => table.any(query),
      claim,
      renew: () => table.renew(query, claimant, claimMs),
      remove: table.remove.bind(table, query),
      unclaim: () => table.unclaim(query, claimant),
      setAside: table.setAside.bind(table, query),
      state: () => this.state(),
    }
    const counted = ({ waiting }: OutboxState) => void (this.#waiting = waiting)
    this.#relay = outside(() => new Relay(actions, way, { env, target, claimMs, pollMs, stateMs, counted }))
  }

  async put(transaction: CarriedTransaction, jobs: readonly StoredJob[]): Promise<void> {
    this.#check(transaction, jobs.length)
    const tx = this.#idOf(transaction.root)
    for (let start = 0; start < jobs.length; start += insertMax) {
      const rows = jobs.slice(start, start + insertMax).map((job) => ({ id: job.id, text: JSON.stringify(job) }))
      await this.#table.insert((sql, params) => transaction.query(sql, params), tx, rows)
    }
    this.#waiting += jobs.length
    transaction.afterCommit(async () => this.#relay?.wake())
  }

  state(): Promise<OutboxState> {
    return outside(() => this.#table.state((sql, params) => this.#options.db.query(sql, params)))
  }

  async close(): Promise<void> {
    await this.#relay?.close()
    await this.#options.end?.()
  }

  #check({ dialect, place }: OpenTransaction, more: number): void {
    const own = this.#place
    if (dialect !== own.dialect || place !== own.place) {
      const message = `The outbox of ${this.#options.target} is in ${own.dialect} ${own.place}, and this transaction is in ${dialect} ${place}: enqueue in a transaction of that database, or outside of this one.`
      throw new FiberWorkError('FW_CONFIG_INVALID', message)
    }
    const { rowsMax = 1_000_000 } = this.#options
    if (this.#waiting + more <= rowsMax) return
    const message = `About ${this.#waiting} jobs wait in the outbox of ${this.#options.target} already; it holds ${rowsMax}.`
    throw new FiberWorkError('FW_OUTBOX_FULL', message)
  }

  #idOf(transaction: OpenTransaction): string {
    let id = this.#transactions.get(transaction)
    if (id === undefined) this.#transactions.set(transaction, (id = this.#options.env.id()))
    return id
  }

  #inTransaction<T>(work: (query: OutboxDb['query']) => Promise<T>): Promise<T> {
    const run = () => {
      const [transaction] = carriedTransactions()
      return work((sql, params) => transaction!.query(sql, params))
    }
    return this.#options.db.transaction(run, { isolation: 'read committed' })
  }
}
