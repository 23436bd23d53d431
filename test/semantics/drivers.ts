import { bullmqDriver } from '../../drivers/bullmq/index.ts'
import { memoryDriver } from '../../drivers/memory/index.ts'
import { mysqlDriver } from '../../drivers/mysql/index.ts'
import { postgresDriver } from '../../drivers/postgres/index.ts'
import { rabbitmqDriver } from '../../drivers/rabbitmq/index.ts'
import { redisDriver } from '../../drivers/redis/index.ts'
import { redisStreamsDriver } from '../../drivers/redis-streams/index.ts'
import { sqliteDriver } from '../../drivers/sqlite/index.ts'
import { sqsDriver } from '../../drivers/sqs/index.ts'
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
  { name: 'redis-streams', url: 'redis+streams:', driver: redisStreamsDriver() },
  { name: 'postgres', url: 'postgres:', driver: postgresDriver() },
  { name: 'mysql', url: 'mysql:', driver: mysqlDriver({ mysql: 'mysql://127.0.0.1/app' }) },
  { name: 'rabbitmq', url: 'amqp:', driver: rabbitmqDriver() },
  { name: 'sqs', url: 'sqs:', driver: sqsDriver() },
  { name: 'bullmq', url: 'bullmq+redis:', driver: bullmqDriver() },
]
