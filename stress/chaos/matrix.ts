import type { Cell } from './cell.ts'
import { cells } from './cells/index.ts'
import { mysqlCells } from './cells/mysql/index.ts'
import { postgresCells } from './cells/postgres/index.ts'
import { rabbitmqCells } from './cells/rabbitmq/index.ts'
import { redisCells } from './cells/redis/index.ts'
import { sqsCells } from './cells/sqs/index.ts'
import { type OpenStore, RedisStore, sqliteStore } from './store.ts'
import { MysqlStore } from './stores/mysql.ts'
import { PostgresStore } from './stores/postgres.ts'
import { RabbitmqStore } from './stores/rabbitmq.ts'
import { redisStreamsStore } from './stores/redis-streams.ts'
import { SqsStore } from './stores/sqs.ts'

interface Matrix {
  cells: readonly Cell[]
  open: OpenStore
}

/** What is done to which store. */
export const matrices: Record<string, Matrix> = {
  sqlite: { cells, open: sqliteStore },
  redis: { cells: [...cells, ...redisCells], open: () => RedisStore.start() },
  'redis-streams': { cells, open: redisStreamsStore },
  postgres: { cells: [...cells, ...postgresCells], open: () => PostgresStore.start() },
  mysql: { cells: [...cells, ...mysqlCells], open: () => MysqlStore.start() },
  rabbitmq: { cells: rabbitmqCells, open: () => RabbitmqStore.start() },
  sqs: { cells: sqsCells, open: () => SqsStore.start() },
}
