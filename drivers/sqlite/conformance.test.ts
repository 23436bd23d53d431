import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { evidence } from '../../test/support/evidence.ts'
import { driverConformance } from '../conformance/index.ts'
import { modelConformance } from '../conformance/model.ts'
import { memoryHarness } from '../memory/harness.ts'
import { sqliteDriver } from './index.ts'

/** In memory where the system has such a folder: hundreds of stores, each synced to disk when it is made, take longer than the laws. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const harness = {
  name: 'sqlite',
  async store() {
    const folder = mkdtempSync(join(base, 'fiber-work-sqlite-'))
    return {
      driver: ({ leaseMs }: { leaseMs: number }) => sqliteDriver({ path: join(folder, 'jobs.db'), leaseMs }),
      advance: (ms: number) => sleep(ms),
      nowMs: () => Date.now(),
      close: async () => rmSync(folder, { recursive: true }),
    }
  },
}

driverConformance({ describe, it }, harness, evidence('sqlite'))

modelConformance({ describe, it: (name, body) => it(name, body, 60_000) }, fc, harness, memoryHarness(), { runs: 25 })
