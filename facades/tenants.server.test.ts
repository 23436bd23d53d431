import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { sharedRedis } from '../test/support/redis.ts'
import { mixTenants } from '../test/support/tenants.ts'
import { createCache, createSessions } from '../src/index.ts'

test('100 tenants of 100 jobs each over Redis see nothing of each other', { timeout: 240_000 }, async (context) => {
  const redis = await sharedRedis()
  if (redis === undefined) context.skip('needs Redis')
  const prefix = `test-tenants-${randomBytes(6).toString('hex')}:`
  const cache = createCache({ redis: redis!, prefix: `${prefix}c:`, localMsMax: 5, callMsMax: 20_000 })
  const session = createSessions({ redis: redis!, prefix: `${prefix}s:`, callMsMax: 20_000, updateMsMax: 60_000 })
  onTestFinished(async () => {
    await Promise.all([cache.close(), session.close()])
    const admin = new Redis(redis!)
    for await (const keys of admin.scanStream({ match: `${prefix}*`, count: 10_000 })) {
      if ((keys as string[]).length > 0) await admin.unlink(...(keys as string[]))
    }
    admin.disconnect()
  })
  expect(await mixTenants({ cache, session })).toEqual([])
})
