import { bullmqDriver } from '../../drivers/bullmq/index.ts'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { redisDriver } from '../../drivers/redis/index.ts'
import { sqliteDriver } from '../../drivers/sqlite/index.ts'
import type { Driver } from '../../src/contract/driver.ts'

/** A driver as the pages show it. */
export interface Shown {
  /** The name of its folder. */
  name: string
  url: string
  driver: Driver
}

/** Every driver, in the order of the pages. */
export const drivers: readonly Shown[] = [
  { name: 'memory', url: 'memory:', driver: memoryDriver() },
  { name: 'sqlite', url: 'sqlite:', driver: sqliteDriver({ path: 'jobs.db' }) },
  { name: 'redis', url: 'redis:', driver: redisDriver() },
  { name: 'bullmq', url: 'bullmq+redis:', driver: bullmqDriver() },
]
