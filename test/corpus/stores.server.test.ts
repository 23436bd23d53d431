import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keysOf } from '../support/redis-harness.ts'
import { asksOf, cursorAsks, notTextAsksOf } from './asks.ts'
import { idSlots, keySlots, nameSlots } from './doors/api.ts'
import { numberSlots } from './doors/api-numbers.ts'
import { door } from './doors/served.ts'
import { serverStores } from './doors/stores.ts'
import { thinned } from './expand.ts'
import { ids } from './families/ids.ts'
import { keys } from './families/keys.ts'
import { names } from './families/names.ts'
import { numbers } from './families/options.ts'
import { damagedEnd, damagedJob } from './laws/damaged.ts'
import { count } from './laws/count.ts'
import { acceptanceLaws } from './laws/acceptance.ts'

describe.each(Object.entries(serverStores))('in a store on a server: %s', { timeout: 60_000 }, (name, storeUrl) => {
  test('F1, F2, F3 in every place of the API', async (context) => {
    const { askAll } = await door([], { storeUrl: await storeUrl(context) })
    const asks = [
      ...cursorAsks,
      ...asksOf(thinned(names(), 60), nameSlots, 3),
      ...asksOf(ids(), idSlots, 6),
      ...asksOf(keys(), keySlots, 2),
      ...notTextAsksOf([...idSlots, ...keySlots].filter((_, at) => at % 4 === 0)),
    ]
    count(`${name} F1 F2 F3`, await askAll(asks))
  })

  test('F6: numbers', async (context) => {
    const { askAll } = await door([], { storeUrl: await storeUrl(context) })
    const asks = numberSlots.flatMap((slot) =>
      numbers.map((text) => ({ what: `${slot.at} ${text}`, asking: slot.ask(text) })),
    )
    count(`${name} F6`, await askAll(asks))
  })

  test('what is accepted stays itself', async (context) => {
    const served = await door([], { storeUrl: await storeUrl(context) })
    for (const [what, { of, least }] of Object.entries(acceptanceLaws)) {
      const accepted = await of(served)
      expect(accepted, what).toBeGreaterThanOrEqual(least)
      count(`${name} distinct ${what}`, accepted)
    }
  })
})

test('F5: damaged bodies in Redis', { timeout: 60_000 }, async (context) => {
  const storeUrl = await serverStores['redis']!(context)
  const served = await door([damagedJob], { storeUrl, open: false })
  const redis = new Redis(storeUrl.split('?')[0]!)
  onTestFinished(() => redis.disconnect())
  const damaged = await damagedEnd(served, async (changes) => {
    const held = await hashesOf(redis, new URL(storeUrl).searchParams.get('installation')!)
    for (const [id, { was, now }] of changes) {
      const places = held.filter(({ text }) => text.includes(was))
      expect([id, places.length]).toEqual([id, 1])
      const [{ key, field, text }] = places as [(typeof places)[number]]
      const at = text.indexOf(was)
      const parts = [text.slice(0, at), now, text.slice(at + was.length)].map((part) => Buffer.from(part as string))
      await redis.hset(key, field, Buffer.concat(parts))
    }
  })
  count('F5 redis', damaged)
})

async function hashesOf(redis: Redis, installation: string): Promise<{ key: string; field: string; text: string }[]> {
  const found: { key: string; field: string; text: string }[] = []
  for (const key of await keysOf(redis, installation)) {
    if ((await redis.type(key)) !== 'hash') continue
    for (const [field, text] of Object.entries(await redis.hgetall(key))) found.push({ key, field, text })
  }
  return found
}
