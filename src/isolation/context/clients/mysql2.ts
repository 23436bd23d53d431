import type { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { awaited, borrowed, called, read } from '../styles.ts'
import { connectionsMax, known } from './client.ts'

interface PromisePool {
  query(sql: string): Promise<unknown>
  execute(sql: string): Promise<unknown>
  getConnection(): Promise<{ query(sql: string): Promise<unknown>; release(): void }>
  end(): Promise<void>
}

interface CallbackPool {
  query(sql: string, callback?: (error: Error | null) => void): EventEmitter & { stream(): Readable }
  getConnection(callback: (error: Error | null, connection: { release(): void } | undefined) => void): void
  end(callback: () => void): void
}

interface Client {
  promises: PromisePool
  callbacks: CallbackPool
}

const sql = 'SELECT 1'
const instead = 'use `mysql2/promise`, or give it `bind(callback)`'

function taken({ callbacks }: Client, done: (error: Error | null) => void): void {
  callbacks.getConnection((error, connection) => {
    done(error)
    connection?.release()
  })
}

export const mysql2 = known<Client>({
  name: 'mysql2',
  aliases: ['mysql', 'mariadb'],
  packages: ['mysql2', 'mysql2/promise'],
  schemes: ['mysql:', 'mariadb:'],
  variables: ['MYSQL_URL', 'MARIADB_URL', 'DATABASE_URL'],
  probe: ([callbackModule, promiseModule], url, deadlineMs) => ({
    open() {
      const uri = url.replace(/^mariadb:/i, 'mysql:')
      const options = { uri, connectionLimit: connectionsMax, connectTimeout: deadlineMs }
      const made = <Pool>(module: unknown) => (module as { createPool(options: object): Pool }).createPool(options)
      return { promises: made<PromisePool>(promiseModule), callbacks: made<CallbackPool>(callbackModule) }
    },
    close: ({ promises, callbacks }) =>
      Promise.all([promises.end(), new Promise<void>((resolve) => callbacks.end(() => resolve()))]),
    ways: [
      ...awaited<Client>('pool.query(sql) of mysql2/promise', ({ promises }) => promises.query(sql)),
      ...awaited<Client>('pool.execute(sql) of mysql2/promise', ({ promises }) => promises.execute(sql)).slice(0, 1),
      borrowed('await pool.getConnection() of mysql2/promise', async ({ promises }) => {
        const connection = await promises.getConnection()
        await connection.query(sql).finally(() => connection.release())
      }),
      called('callback', 'pool.query(sql, callback)', ({ callbacks }, done) => callbacks.query(sql, done), instead),
      called('callback', 'pool.getConnection(callback)', taken, instead),
      called('event', "pool.query(sql).on('end', …)", ({ callbacks }, heard) =>
        callbacks
          .query(sql)
          .once('end', () => heard())
          .once('error', heard),
      ),
      read('for await (… of pool.query(sql).stream())', ({ callbacks }) => callbacks.query(sql).stream()),
    ],
  }),
})
