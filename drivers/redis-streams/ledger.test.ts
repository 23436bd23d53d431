import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { streamsPlace } from '../../test/support/redis-streams-harness.ts'

test('a record that lives for a time is gone after it, for readers, lists and writers', async (context) => {
  const place = await streamsPlace(context)
  const { ledger } = (await place.open()).driver
  await ledger!.write([
    { key: 'k', value: 'v', version: 0, forMs: 60 },
    { key: 'l', value: 'w' },
  ])
  expect(await ledger!.list('', 10)).toHaveLength(2)
  await sleep(80)
  expect(await ledger!.read(['k', 'l'])).toEqual([undefined, expect.objectContaining({ value: 'w' })])
  expect(await ledger!.list('', 1)).toEqual([expect.objectContaining({ key: 'l' })])
  expect(await ledger!.write([{ key: 'k', value: 'again', version: 0 }])).toHaveLength(1)
  expect(await place.redis.zcard(place.key('ledger-times'))).toBe(0)
})

test('what is written again without an end has none', async (context) => {
  const place = await streamsPlace(context)
  const { ledger } = (await place.open()).driver
  await ledger!.write([{ key: 'k', value: 'v', forMs: 40 }])
  await ledger!.write([{ key: 'k', value: 'v' }])
  await sleep(60)
  expect(await ledger!.read(['k'])).toEqual([expect.objectContaining({ value: 'v' })])
})

test('keys keep the order of their bytes, control characters too; half a surrogate pair is refused', async (context) => {
  const place = await streamsPlace(context)
  const { ledger } = (await place.open()).driver
  const keys = ['p\u0000', 'p\u0001x', 'pa', 'p\u00e9', 'p\u{1f600}', 'q']
  for (const key of keys.toReversed()) await ledger!.write([{ key, value: key }])
  expect((await ledger!.list('p', 10)).map(({ key }) => key)).toEqual(keys.slice(0, -1))
  await expect(ledger!.read(['\ud800'])).rejects.toMatchObject({ code: 'FW_NAME_INVALID' })
})
