import type { Cell } from './cell.ts'
import { cells } from './cells/index.ts'
import { rabbitmqCells } from './cells/rabbitmq/index.ts'
import { redisCells } from './cells/redis/index.ts'
import { type OpenStore, RedisStore, sqliteStore } from './store.ts'
import { RabbitmqStore } from './stores/rabbitmq.ts'

interface Matrix {
  cells: readonly Cell[]
  open: OpenStore
}

/** What is done to which store. */
export const matrices: Record<string, Matrix> = {
  sqlite: { cells, open: sqliteStore },
  rabbitmq: { cells: rabbitmqCells, open: () => RabbitmqStore.start() },
  redis: { cells: [...cells, ...redisCells], open: () => RedisStore.start() },
}
