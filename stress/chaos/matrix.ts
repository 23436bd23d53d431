import type { Cell } from './cell.ts'
import { cells } from './cells/index.ts'
import { postgresCells } from './cells/postgres/index.ts'
import { redisCells } from './cells/redis/index.ts'
import { type OpenStore, RedisStore, sqliteStore } from './store.ts'
import { PostgresStore } from './stores/postgres.ts'

interface Matrix {
  cells: readonly Cell[]
  open: OpenStore
}

/** What is done to which store. */
export const matrices: Record<string, Matrix> = {
  sqlite: { cells, open: sqliteStore },
  redis: { cells: [...cells, ...redisCells], open: () => RedisStore.start() },
  postgres: { cells: [...cells, ...postgresCells], open: () => PostgresStore.start() },
}
