import { createRequire } from 'node:module'
import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect as KyselyDialect,
  Driver,
  Kysely,
  QueryResult,
  TransactionSettings,
} from 'kysely'
import { invalid } from './options.ts'
import type { Answer, BeginOptions, Dialect, Isolation, Row } from './wire.ts'

/** What Kysely speaks to: a `Db`, or one transaction of it. */
export interface BuilderPort {
  run(sql: string, params: readonly unknown[]): Promise<Answer>
  stream(sql: string, params: readonly unknown[], rowsMax: number): AsyncIterable<Row[]>
}

export interface BuilderTransaction extends BuilderPort {
  commit(): Promise<void>
  rollback(): Promise<void>
  savepoint(sql: string): Promise<unknown>
}

export interface BuilderRoot extends BuilderPort {
  begin(options: BeginOptions): Promise<BuilderTransaction>
}

type Loaded = typeof import('kysely')
let loaded: Loaded | undefined

/** Loaded when somebody builds the first query: it takes as long to load as all the rest of Db. */
function kysely(): Loaded {
  return (loaded ??= createRequire(import.meta.url)('kysely') as Loaded)
}

/** A Kysely whose queries take the same path as all others: this job's, its transaction's, its pool's. */
export function builderOf<Schema>(kind: Dialect['kind'], root: BuilderRoot): Kysely<Schema> {
  const { Kysely } = kysely()
  return new Kysely<Schema>({ dialect: { ...partsOf(kind), createDriver: () => new DbDriver(root) } })
}

function partsOf(kind: Dialect['kind']): Omit<KyselyDialect, 'createDriver'> {
  const k = kysely()
  switch (kind) {
    case 'postgres':
      return {
        createQueryCompiler: () => new k.PostgresQueryCompiler(),
        createAdapter: () => new k.PostgresAdapter(),
        createIntrospector: (db) => new k.PostgresIntrospector(db),
      }
    case 'mysql':
      return {
        createQueryCompiler: () => new k.MysqlQueryCompiler(),
        createAdapter: () => new k.MysqlAdapter(),
        createIntrospector: (db) => new k.MysqlIntrospector(db),
      }
    case 'sqlite':
      return {
        createQueryCompiler: () => new k.SqliteQueryCompiler(),
        createAdapter: () => new k.SqliteAdapter(),
        createIntrospector: (db) => new k.SqliteIntrospector(db),
      }
  }
}

/** Connections are taken where a statement runs, not here; a transaction of Kysely's own (`builder.transaction()`) holds one. */
class DbDriver implements Driver {
  readonly #root: BuilderRoot

  constructor(root: BuilderRoot) {
    this.#root = root
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new DbConnection(this.#root)
  }

  async beginTransaction(connection: DbConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel, accessMode } = settings
    if (isolationLevel === 'snapshot') throw invalid('The isolation "snapshot" is of another database.')
    connection.transaction = await this.#root.begin({
      ...(isolationLevel !== undefined && { isolation: isolationLevel satisfies Isolation }),
      ...(accessMode === 'read only' && { readOnly: true }),
    })
  }

  async commitTransaction(connection: DbConnection): Promise<void> {
    await connection.ended('commit')
  }

  async rollbackTransaction(connection: DbConnection): Promise<void> {
    await connection.ended('rollback')
  }

  async savepoint(connection: DbConnection, name: string): Promise<void> {
    await connection.transaction?.savepoint(`savepoint ${quoted(name)}`)
  }

  async rollbackToSavepoint(connection: DbConnection, name: string): Promise<void> {
    await connection.transaction?.savepoint(`rollback to savepoint ${quoted(name)}`)
  }

  async releaseSavepoint(connection: DbConnection, name: string): Promise<void> {
    await connection.transaction?.savepoint(`release savepoint ${quoted(name)}`)
  }

  async releaseConnection(connection: DbConnection): Promise<void> {
    await connection.ended('rollback')
  }

  async destroy(): Promise<void> {}
}

class DbConnection implements DatabaseConnection {
  readonly #root: BuilderRoot
  transaction: BuilderTransaction | undefined

  constructor(root: BuilderRoot) {
    this.#root = root
  }

  async ended(how: 'commit' | 'rollback'): Promise<void> {
    const transaction = this.transaction
    this.transaction = undefined
    await transaction?.[how]()
  }

  async executeQuery<R>({ sql, parameters, query }: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affected, insertId } = await (this.transaction ?? this.#root).run(sql, parameters)
    const reads = query.kind === 'SelectQueryNode'
    return {
      rows: rows as R[],
      ...(!reads && { numAffectedRows: BigInt(affected) }),
      ...(insertId !== undefined && { insertId: BigInt(insertId) }),
    }
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery, chunkSize = 100): AsyncIterableIterator<QueryResult<R>> {
    for await (const rows of (this.transaction ?? this.#root).stream(sql, parameters, chunkSize)) {
      yield { rows: rows as R[] }
    }
  }
}

const quoted = (name: string): string => {
  if (/^\w+$/.test(name)) return name
  throw invalid(`The name of a savepoint is made of letters, digits and _; this is "${name}".`)
}
