import { Redis } from 'ioredis'
import { createConnection } from 'mysql2/promise'
import { onTestFinished, type TestContext } from 'vitest'
import { sharedMysql } from '../../support/mysql.ts'
import { dropAll, newPrefix } from '../../support/mysql-harness.ts'
import { sharedPostgres } from '../../support/postgres.ts'
import { dropSchema, newSchema } from '../../support/postgres-harness.ts'
import { sharedRedis } from '../../support/redis.ts'
import { newName, removeAll } from '../../support/redis-harness.ts'

/** The URL of a store of this test alone, on a server that is there; skips where there is none. */
export const serverStores: Record<string, (context: TestContext) => Promise<string>> = {
  async redis(context) {
    const url = (await sharedRedis()) ?? context.skip('needs Redis')
    const installation = newName()
    onTestFinished(async () => {
      const redis = new Redis(url)
      await removeAll(redis, installation).finally(() => redis.disconnect())
    })
    return `${url}?installation=${installation}`
  },
  async postgres(context) {
    const url = (await sharedPostgres()) ?? context.skip('needs PostgreSQL')
    const schema = newSchema()
    onTestFinished(() => dropSchema(url, schema))
    return `${url}?schema=${schema}`
  },
  async mariadb(context) {
    const url = (await sharedMysql()) ?? context.skip('needs MariaDB or MySQL')
    const prefix = newPrefix()
    onTestFinished(async () => {
      const sql = await createConnection({ uri: url })
      await dropAll(sql, prefix).catch(() => {})
      await sql.end()
    })
    return `${url}?prefix=${prefix}`
  },
}
