import type { Cell } from '../../cell.ts'
import type { RedisStore } from '../../stores/redis.ts'
import { memory, scripts } from './server.ts'

/** What can be done to a Redis alone. */
export const redisCells: readonly Cell<RedisStore>[] = [scripts, memory]
