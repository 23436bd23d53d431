import type { TestContext } from 'vitest'
import { onTestFinished } from 'vitest'
import pg from 'pg'
import { Hand } from '../../drivers/conformance/hand.ts'
import { type PostgresOptions, postgresDriver } from '../../drivers/postgres/index.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { sharedPostgres } from './postgres.ts'
import { dropSchema, newSchema } from './postgres-harness.ts'

/** A schema of its own on the shared server, seen by drivers and by a client that may do anything to its tables. */
export interface World {
  url: string
  schema: string
  client: pg.Client
  /** A driver in the hand of a worker. */
  open(options?: PostgresOptions): Promise<Hand>
  query(sql: string, params?: unknown[]): Promise<Record<string, unknown>[]>
}

/** Gone when the test has finished. Skips the test where there is no Postgres. */
export async function world(context: TestContext, server?: string): Promise<World> {
  const url = server ?? (await sharedPostgres())
  if (url === undefined) return context.skip('needs PostgreSQL')
  const schema = newSchema()
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const hands: Hand[] = []
  onTestFinished(async () => {
    for (const { driver } of hands) await driver.close().catch(() => {})
    await client.end().catch(() => {})
    await dropSchema(url, schema).catch(() => {})
  })
  return {
    url,
    schema,
    client,
    query: async (sql, params = []) => (await client.query(sql, params)).rows as Record<string, unknown>[],
    async open(options = {}) {
      const hand = new Hand(postgresDriver({ url, schema, ...options }))
      hands.push(hand)
      return hand.open()
    },
  }
}

export const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: '{}',
  ...fields,
})
