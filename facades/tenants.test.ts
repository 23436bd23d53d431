import { expect, onTestFinished, test } from 'vitest'
import { mixTenants } from '../test/support/tenants.ts'
import { type CacheClient, createCache, createSessions } from '../src/index.ts'

test('100 tenants of 100 jobs each, all mixed, see nothing of each other', { timeout: 120_000 }, async () => {
  const cache = createCache()
  onTestFinished(() => cache.close())
  expect(await mixTenants({ cache, session: createSessions() })).toEqual([])
})

test('the mixing finds what is not kept apart', { timeout: 60_000 }, async () => {
  const cache = createCache()
  onTestFinished(() => cache.close())
  const shared = { shared: true }
  const leaky: CacheClient = {
    get: <T>(key: string) => cache.get<T>(key, shared),
    has: (key) => cache.has(key, shared),
    set: (key, value, ttlMs) => cache.set(key, value, ttlMs, shared),
    delete: (key) => cache.delete(key, shared),
    remember: (key, ttlMs, make) => cache.remember(key, ttlMs, make, shared),
    invalidate: (tags) => cache.invalidate(tags, shared),
    close: () => cache.close(),
  }
  const foreign = await mixTenants({ cache: leaky, session: createSessions() }, 10, 20)
  expect(foreign.join()).toMatch(/saw tenant \d+: cache/)
  expect(foreign.join()).toMatch(/saw tenant \d+: remember/)
})
