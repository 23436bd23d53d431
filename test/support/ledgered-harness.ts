import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { ledgeredDriver } from '../../drivers/ledgered/index.ts'
import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { virtualEnv } from '../../drivers/memory/virtual-env.ts'
import { sqliteDriver } from '../../drivers/sqlite/index.ts'
import { BareBroker } from './bare-broker.ts'
import { redisHarness } from './redis-harness.ts'

/** In memory where the system has such a folder: hundreds of files, each synced to disk when it is made. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A bare broker with a ledger in memory, on a virtual clock. */
export function memoryLedgerHarness(skip: Harness['skip'] = []): Harness {
  return {
    name: 'a bare broker with a ledger in memory',
    skip,
    async store() {
      const env = virtualEnv()
      const [queues, records] = [createMemoryStore({ env }), createMemoryStore({ env })]
      return {
        driver: ({ leaseMs }) =>
          ledgeredDriver(
            new BareBroker(memoryDriver({ store: queues, env, leaseMs })),
            memoryDriver({ store: records, env, leaseMs }),
            { env, leaseMs },
          ),
        advance: (ms) => env.advance(ms),
        nowMs: () => env.nowMs(),
        close: async () => {},
      }
    },
  }
}

/** … with a ledger in a SQLite file. */
export function sqliteLedgerHarness(skip: Harness['skip'] = []): Harness {
  return {
    name: 'a bare broker with a ledger in SQLite',
    skip,
    async store() {
      const folder = mkdtempSync(join(base, 'fiber-work-ledgered-'))
      const queues = createMemoryStore()
      return {
        driver: ({ leaseMs }) =>
          ledgeredDriver(
            new BareBroker(memoryDriver({ store: queues, leaseMs })),
            sqliteDriver({ path: join(folder, 'ledger.db'), leaseMs }),
            { leaseMs },
          ),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => rmSync(folder, { recursive: true }),
      }
    },
  }
}

/** A real broker with a ledger in Redis. */
export function ledgeredHarness(brokers: Harness, url: string, skip: Harness['skip'] = []): Harness {
  const ledgers = redisHarness(url)
  return {
    ...brokers,
    name: `${brokers.name} with a ledger in Redis`,
    skip,
    async store() {
      const [broker, ledger] = [await brokers.store(), await ledgers.store()]
      return {
        ...broker,
        driver: (options) => ledgeredDriver(broker.driver(options), ledger.driver(options), options),
        async close() {
          await broker.close()
          await ledger.close()
        },
      }
    },
  }
}

/** … with a ledger in Redis. */
export function redisLedgerHarness(url: string, skip: Harness['skip'] = []): Harness {
  const ledgers = redisHarness(url)
  return {
    name: 'a bare broker with a ledger in Redis',
    skip,
    async store() {
      const queues = createMemoryStore()
      const ledger = await ledgers.store()
      return {
        ...ledger,
        driver: ({ leaseMs }) =>
          ledgeredDriver(new BareBroker(memoryDriver({ store: queues, leaseMs })), ledger.driver({ leaseMs }), {
            leaseMs,
          }),
      }
    },
  }
}
