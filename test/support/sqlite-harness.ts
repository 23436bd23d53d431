import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Harness } from '../../drivers/conformance/index.ts'
import { sqliteDriver } from '../../drivers/sqlite/index.ts'

/** In memory where the system has such a folder: hundreds of stores, each synced to disk when it is made, take longer than the laws. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** The conformance suite's harness for this driver: each store is a file of its own. */
export function sqliteHarness(): Harness {
  return {
    name: 'sqlite',
    async store() {
      const folder = mkdtempSync(join(base, 'fiber-work-sqlite-'))
      return {
        driver: ({ leaseMs }) => sqliteDriver({ path: join(folder, 'jobs.db'), leaseMs }),
        advance: (ms) => sleep(ms),
        nowMs: () => Date.now(),
        close: async () => rmSync(folder, { recursive: true }),
      }
    },
  }
}
