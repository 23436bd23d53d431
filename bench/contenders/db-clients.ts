import mysql from 'mysql2/promise'
import pg from 'pg'
import { create, fill, rowsMax, select, table, urlOfServer } from './db-place.ts'

/** The client's own pool, with prepared statements, as its manual has it. */
export interface RawPool {
  query(id: number): Promise<number>
  end(): Promise<unknown>
}

export function rawPool(kind: 'postgres' | 'mysql', poolMax: number): RawPool {
  return kind === 'postgres' ? postgres(poolMax) : mariadb(poolMax)
}

function postgres(max: number): RawPool {
  const pool = new pg.Pool({ connectionString: urlOfServer('postgres'), max })
  const text = select('postgres')
  return {
    query: async (id) => (await pool.query({ name: 'row', text, values: [id] })).rows[0].id as number,
    end: () => pool.end(),
  }
}

function mariadb(connectionLimit: number): RawPool {
  const pool = mysql.createPool({ uri: urlOfServer('mysql'), connectionLimit, maxIdle: connectionLimit })
  const text = select('mysql')
  return {
    query: async (id) => ((await pool.execute(text, [id]))[0] as { id: number }[])[0]!.id,
    end: () => pool.end(),
  }
}

/** The table that all contenders read. */
export const prepareTable = (kind: 'postgres' | 'mysql'): Promise<void> =>
  runAll(kind, [dropText, create, fill(Array.from({ length: rowsMax }, (_, id) => id))])

export const dropTable = (kind: 'postgres' | 'mysql'): Promise<void> => runAll(kind, [dropText])

const dropText = `drop table if exists ${table}`

async function runAll(kind: 'postgres' | 'mysql', statements: string[]): Promise<void> {
  if (kind === 'postgres') {
    const client = new pg.Client(urlOfServer(kind))
    await client.connect()
    for (const text of statements) await client.query(text)
    await client.end()
    return
  }
  const connection = await mysql.createConnection(urlOfServer(kind))
  for (const text of statements) await connection.query(text)
  await connection.end()
}
