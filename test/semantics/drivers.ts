import { bullmqDriver } from '../../drivers/bullmq/index.ts'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { redisDriver } from '../../drivers/redis/index.ts'
import { sqliteDriver } from '../../drivers/sqlite/index.ts'
import type { Driver } from '../../src/contract/driver.ts'
import type { Shown } from './page.ts'

const shown = (name: string, url: string, { traits }: Driver): Shown => ({ name, url, traits })

/** Every driver that is shown, in the order of the page: by the name of its folder. */
export const drivers: readonly Shown[] = [
  shown('memory', 'memory:', memoryDriver()),
  shown('sqlite', 'sqlite:', sqliteDriver({ path: 'jobs.db' })),
  shown('redis', 'redis:', redisDriver()),
  shown('bullmq', 'bullmq+redis:', bullmqDriver()),
]
