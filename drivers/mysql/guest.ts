import { FiberWorkError } from '../../src/contract/index.ts'
import { hex, type Row, type Sql } from './sql.ts'
import type { Tables } from './tables.ts'

/** The least that a client's open transaction can do, as all of ours see it. */
export interface Asking {
  query(sql: string): Promise<unknown>
}

/** Kysely's `Transaction`, or whatever has its `executeQuery`. */
export interface KyselyTransaction {
  executeQuery(query: never): Promise<{ rows: unknown[] }>
}

/** An open transaction of the user's: a promise connection of mysql2, or a transaction of Kysely. */
export type Guest = Asking | KyselyTransaction

/** @throws FW_CONFIG_INVALID */
export function guestOf(transaction: Guest): Asking {
  if (typeof transaction === 'object' && transaction !== null) {
    if ('executeQuery' in transaction && typeof transaction.executeQuery === 'function')
      return askingKysely(transaction)
    if ('query' in transaction && typeof transaction.query === 'function') return transaction
  }
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    'within(tx): tx is neither a promise connection of mysql2 (query) nor a transaction of Kysely (executeQuery).',
  )
}

function askingKysely(transaction: KyselyTransaction): Asking {
  return {
    async query(sql) {
      const compiled = {
        sql,
        parameters: [],
        query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
        queryId: { queryId: 'fiber-work' },
      }
      return (await transaction.executeQuery(compiled as never)).rows
    },
  }
}

/** Statements on somebody else's connection, one a trip: who knows whether it takes several. */
export function guestSql(guest: Asking, t: Tables): Sql {
  return {
    t,
    lock: ' for update',
    text: hex,
    async run(statements) {
      const answers: Row[][] = []
      for (const statement of statements) answers.push(rowsOf(await guest.query(statement)))
      return answers
    },
  }
}

/** mysql2 answers `[rows, fields]`; a row may come as an array or as an object, whose keys stand in the order of the columns. */
function rowsOf(answer: unknown): Row[] {
  if (!Array.isArray(answer)) return []
  const isPair = Array.isArray(answer[0]) && answer.length === 2 && (answer[1] === undefined || isFields(answer[1]))
  const isHeader = answer.length === 2 && !Array.isArray(answer[0]) && answer[1] === undefined
  const rows: unknown = isPair ? answer[0] : isHeader ? [] : answer
  return (rows as unknown[]).map((row) => (Array.isArray(row) ? row : Object.values(row as object)).map(cellOf))
}

const isFields = (fields: unknown): boolean =>
  Array.isArray(fields) && fields.every((field) => typeof field === 'object' && field !== null && 'name' in field)

/** Numbers may come as bigints or as texts, as the client was told; what is text with us is never a number for a column of numbers. */
function cellOf(cell: unknown): Row[number] {
  if (typeof cell === 'bigint') return Number(cell)
  if (cell instanceof Uint8Array) return Buffer.from(cell).toString()
  return cell as Row[number]
}
