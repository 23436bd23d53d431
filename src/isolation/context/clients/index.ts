import type { KnownClient } from './client.ts'
import { fetchClient, http, undici } from './http.ts'
import { ioredis } from './ioredis.ts'
import { mysql2 } from './mysql2.ts'
import { pg } from './pg.ts'
import { rabbitmq } from './rabbitmq.ts'
import { sqlite } from './sqlite.ts'

export const knownClients: readonly KnownClient[] = [ioredis, pg, mysql2, rabbitmq, undici, fetchClient, http, sqlite]
