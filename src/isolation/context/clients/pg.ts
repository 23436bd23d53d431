import type { EventEmitter } from 'node:events'
import { awaited, borrowed, called } from '../styles.ts'
import { connectionsMax, known } from './client.ts'

type Callback = (error: Error | null) => void

interface Connection {
  query(sql: string): Promise<unknown>
  query(query: EventEmitter): EventEmitter
  release(): void
}

interface Pool extends EventEmitter {
  connect(): Promise<Connection>
  connect(callback: (error: Error | undefined, connection: Connection | undefined, release: () => void) => void): void
  query(sql: string): Promise<unknown>
  query(sql: string, callback: Callback): void
  end(): Promise<void>
}

interface Pg {
  Pool: new (options: object) => Pool
  Query: new (sql: string) => EventEmitter
}

const sql = 'SELECT 1'

export const pg = known<Pool>({
  name: 'pg',
  aliases: ['postgres', 'postgresql'],
  packages: ['pg'],
  schemes: ['postgres:', 'postgresql:'],
  variables: ['POSTGRES_URL', 'DATABASE_URL'],
  probe([module], url, deadlineMs) {
    const { Pool, Query } = ((module as { default?: Pg }).default ?? module) as Pg
    return {
      open() {
        const pool = new Pool({ connectionString: url, max: connectionsMax, connectionTimeoutMillis: deadlineMs })
        return pool.on('error', () => {})
      },
      close: (pool) => pool.end(),
      ways: [
        ...awaited<Pool>('pool.query(sql)', (pool) => pool.query(sql)),
        borrowed('await pool.connect()', async (pool) => {
          const connection = await pool.connect()
          await connection.query(sql).finally(() => connection.release())
        }),
        called('callback', 'pool.query(sql, callback)', (pool, done) => pool.query(sql, done)),
        called('callback', 'pool.connect(callback)', (pool, done) =>
          pool.connect((error, _connection, release) => {
            done(error)
            release()
          }),
        ),
        called('event', "client.query(new Query(sql)).on('end', …)", async (pool, heard) => {
          const connection = await pool.connect()
          const query = connection.query(new Query(sql))
          query.once('end', () => heard()).once('error', heard)
          query.once('end', () => connection.release()).once('error', () => connection.release())
        }),
      ],
    }
  },
})
