import type { Cell, CellResult, Size } from './cell.ts'
import { cells } from './cells/index.ts'
import { rabbitmqCells } from './cells/rabbitmq/index.ts'
import { redisCells } from './cells/redis/index.ts'
import { serverCells } from './cells/server/index.ts'
import { sqsCells } from './cells/sqs/index.ts'
import { type ChaosStore, type OpenStore, sqliteStore } from './store.ts'
import { MysqlStore } from './stores/mysql.ts'
import { PostgresStore } from './stores/postgres.ts'
import { RabbitmqStore } from './stores/rabbitmq.ts'
import { RedisStore } from './stores/redis.ts'
import { SqsStore } from './stores/sqs.ts'

/** A cell, and the store that it is done to. */
export interface PlacedCell {
  name: string
  about: string
  run: (size: Size) => Promise<CellResult>
}

interface Matrix {
  open: OpenStore
  cells: readonly PlacedCell[]
}

const redisServerCells = [...cells, ...serverCells, ...redisCells]

/** What is done to which store. */
export const matrices: Record<string, Matrix> = {
  sqlite: matrix(sqliteStore, cells),
  redis: matrix((options) => RedisStore.start('redis', options), redisServerCells),
  'redis-streams': matrix((options) => RedisStore.start('streams', options), redisServerCells),
  postgres: matrix((options) => PostgresStore.start(options), [...cells, ...serverCells]),
  mysql: matrix((options) => MysqlStore.start(options), [...cells, ...serverCells]),
  rabbitmq: matrix((options) => RabbitmqStore.start(options), rabbitmqCells),
  sqs: matrix((options) => SqsStore.start(options), sqsCells),
}

function matrix<Store extends ChaosStore>(open: OpenStore<Store>, cells: readonly Cell<Store>[]): Matrix {
  const placed = cells.map(({ name, about, run }): PlacedCell => ({
    name,
    about,
    run: (size) => run({ ...size, open }),
  }))
  return { open, cells: placed }
}
