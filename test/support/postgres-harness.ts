import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Harness } from '../../drivers/conformance/index.ts'
import { postgresDriver, type PostgresOptions } from '../../drivers/postgres/index.ts'

export const newSchema = (): string => `fw_test_${randomBytes(6).toString('hex')}`

/** The conformance suite's harness for this driver: each store is a schema of its own. */
export function postgresHarness(url: string, options: PostgresOptions = {}): Harness {
  return {
    name: 'postgres',
    async store() {
      const schema = newSchema()
      return {
        driver: ({ leaseMs }) => postgresDriver({ url, schema, leaseMs, ...options }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: () => dropSchema(url, schema),
      }
    },
  }
}

export async function dropSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set client_min_messages = error')
    await client.query(`drop schema if exists "${schema}" cascade`)
  } finally {
    await client.end()
  }
}
