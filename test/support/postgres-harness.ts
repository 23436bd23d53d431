import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll } from 'vitest'
import type { Harness } from '../../drivers/conformance/index.ts'
import { type PostgresDriver, type PostgresOptions, postgresStore } from '../../drivers/postgres/index.ts'

export const newSchema = (): string => `fw_test_${randomBytes(6).toString('hex')}`

/** A schema that was made once, and how drivers reach it: with connections that outlive them. */
interface Kept {
  schema: string
  stores: Map<number, { make: () => PostgresDriver; holder: PostgresDriver }>
}

/**
 * The conformance suite's harness for this driver: each store is a schema of its own. Making one, and plans for it, takes long, so one
 * that was emptied is given out again; all are dropped when the file has run.
 */
export function postgresHarness(url: string, options: PostgresOptions = {}): Harness {
  const free: Kept[] = []
  afterAll(async () => {
    for (const { schema, stores } of free) {
      for (const { holder } of stores.values()) await holder.close()
      await dropSchema(url, schema)
    }
  })
  return {
    name: 'postgres',
    async store() {
      const kept = free.pop() ?? { schema: newSchema(), stores: new Map() }
      return {
        driver: ({ leaseMs }) => driverOf(kept, leaseMs, url, options),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => {
          await emptySchema(url, kept.schema)
          free.push(kept)
        },
      }
    },
  }
}

function driverOf({ schema, stores }: Kept, leaseMs: number, url: string, options: PostgresOptions): PostgresDriver {
  let store = stores.get(leaseMs)
  if (store === undefined) {
    const make = postgresStore(url, { schema, leaseMs, ...options })
    store = { make, holder: make() }
    stores.set(leaseMs, store)
    // It opens no session; it only keeps the connections open.
    store.holder.prepare().catch(() => {})
  }
  return store.make()
}

/** Nothing is left in it but its format and its functions. */
async function emptySchema(url: string, schema: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = $1 and tablename <> 'meta'",
      [schema],
    )
    await client.query(rows.map(({ name }) => `delete from "${schema}"."${name}"`).join(';'))
  })
}

export async function dropSchema(url: string, schema: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('set client_min_messages = error')
    await client.query(`drop schema if exists "${schema}" cascade`)
  })
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
