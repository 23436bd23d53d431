import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import type { Place } from '../store.ts'

/** A schema of its own on the server of `POSTGRES_URL`, gone with the contender. */
export async function open(): Promise<Place> {
  const url = new URL(process.env['POSTGRES_URL'] ?? 'postgres://root@127.0.0.1/test')
  const schema = `fw_bench_${randomBytes(4).toString('hex')}`
  const server = url.href
  url.searchParams.set('schema', schema)
  return {
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      const client = new Client({ connectionString: server })
      await client.connect()
      await client.query('set client_min_messages = error')
      await client.query(`drop schema if exists "${schema}" cascade`)
      await client.end()
    },
  }
}
