import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'vitest'
import { driverConformance } from '../conformance/index.ts'
import { sqliteDriver } from './index.ts'

/** In memory where the system has such a folder: 341 stores, each synced to disk when it is made, take longer than the laws. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

driverConformance(
  { describe, it },
  {
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
  },
)
