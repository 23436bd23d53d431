import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { installation } from '../../test/support/redis-harness.ts'
import { ledgerOf } from '../conformance/law.ts'

test('what a release without terms writes over a record is not ended by the term it left', async (context) => {
  const { open, redis, key } = await installation(context)
  const hand = await open()
  await ledgerOf(hand).write([{ key: 'k', value: 'old', forMs: 30 }])
  await redis.hset(key('ledger'), 'k', '9000000000000000\nnew')
  await sleep(50)
  await hand.driver.sweep(100)
  expect(await ledgerOf(hand).read(['k'])).toEqual([{ key: 'k', value: 'new', version: 9_000_000_000_000_000 }])
  expect(await redis.zcard(key('ledger-terms'))).toBe(0)
})

test('a sweep removes records whose time is over, a bounded number a call', async (context) => {
  const { open, redis, key } = await installation(context)
  const hand = await open()
  await ledgerOf(hand).write(
    Array.from({ length: 400 }, (_, i) => ({ key: `k${i}`, value: 'x'.padEnd(100, 'y'), forMs: 1 })),
  )
  await sleep(10)
  const left = async () => [
    await redis.hlen(key('ledger')),
    await redis.zcard(key('ledger-keys')),
    await redis.zcard(key('ledger-terms')),
  ]
  await hand.driver.sweep(100)
  expect(await left()).toEqual([150, 150, 150])
  await hand.driver.sweep(100)
  expect(await left()).toEqual([0, 0, 0])
})
