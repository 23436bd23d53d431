import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { inJobs, stillClock } from '../../test/support/jobs.ts'
import { gate, heard, until } from '../../test/support/work.ts'
import { outside } from '../../src/sandbox/storage.ts'
import { type CacheClient, type CacheOptions, createCache } from '../../src/index.ts'

const failsWith = (code: string) => expect.objectContaining({ code })
const minute = 60_000

function cache(options: CacheOptions = {}): CacheClient {
  const made = createCache(options)
  onTestFinished(() => made.close())
  return made
}

describe('values', () => {
  it.each([null, 0, '', false, 'text', [1, [2]], { a: { b: [null] } }])('%j comes back', async (value) => {
    const Cache = cache()
    await Cache.set('k', value, minute)
    expect(await Cache.get('k')).toEqual(value)
    expect(await Cache.has('k')).toBe(true)
  })

  it('undefined is a value that `has` tells from nothing, and is made once', async () => {
    const Cache = cache()
    let made = 0
    const make = () => void made++
    expect(await Cache.remember('k', minute, make)).toBeUndefined()
    expect(await Cache.remember('k', minute, make)).toBeUndefined()
    expect([made, await Cache.has('k'), await Cache.has('other')]).toEqual([1, true, false])
  })

  it('are copies: nobody can change what another one sees', async () => {
    const Cache = cache()
    const mine = { list: [1] }
    await Cache.set('k', mine, minute)
    mine.list.push(2)
    const seen = await inJobs([
      async () => {
        const first = (await Cache.get<typeof mine>('k'))!
        first.list.push(3)
        return [await Cache.get('k'), await Cache.get('k')]
      },
      async () => {
        await sleep(20)
        return [await Cache.get('k')]
      },
    ])
    const made = { list: ['made'] }
    const [one, two] = await Promise.all([
      Cache.remember('m', minute, () => made),
      Cache.remember('m', minute, () => made),
    ])
    one.list.push('one')
    expect(two).toEqual({ list: ['made'] })
    expect([made, await Cache.get('m')]).toEqual([{ list: ['made'] }, { list: ['made'] }])
    expect(seen.flat()).toEqual([{ list: [1] }, { list: [1] }, { list: [1] }])
  })

  it('that JSON cannot hold are refused, with the place', async () => {
    const Cache = cache()
    await expect(Cache.set('k', { a: [new Map()] }, minute)).rejects.toThrow(failsWith('FW_VALUE_NOT_JSON'))
    await expect(Cache.remember('k', minute, () => ({ n: 1n }))).rejects.toThrow(/`n` is a bigint/)
    expect(await Cache.has('k')).toBe(false)
  })

  it('that are too large are refused by set, and returned but not kept by remember', async () => {
    const Cache = cache({ valueBytesMax: 100 })
    const degraded = heard('cache.degraded')
    await expect(Cache.set('k', 'é'.repeat(60), minute)).rejects.toThrow(failsWith('FW_VALUE_TOO_LARGE'))
    await Cache.set('k', 'é'.repeat(40), minute)
    expect(await Cache.remember('big', minute, () => 'x'.repeat(200))).toHaveLength(200)
    expect(await Cache.has('big')).toBe(false)
    expect(degraded).toMatchObject([{ verb: 'keep', error: { code: 'FW_VALUE_TOO_LARGE' } }])
  })
})

describe('time', () => {
  it('is over after ttlMs, for the process and for a job that has seen the value', async () => {
    const clock = stillClock()
    const Cache = cache({ env: clock })
    await inJobs([
      async () => {
        await Cache.set('k', 1, 1_000)
        clock.skip(999)
        expect(await Cache.get('k')).toBe(1)
        clock.skip(1)
        expect(await Cache.get('k')).toBeUndefined()
        expect(await Cache.has('k')).toBe(false)
      },
    ])
  })

  it('leaves by count and by memory, those not used for longest first', async () => {
    const Cache = cache({ entriesMax: 3 })
    for (const key of ['a', 'b', 'c']) await Cache.set(key, key, minute)
    await Cache.get('a')
    await Cache.set('d', 'd', minute)
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => Cache.has(key)))).toEqual([true, false, true, true])
    const Small = cache({ bytesMax: 10_000 })
    for (let i = 0; i < 10; i++) await Small.set(`k${i}`, 'x'.repeat(1_000), minute)
    expect(await Promise.all([0, 9].map((i) => Small.has(`k${i}`)))).toEqual([false, true])
  })
})

describe('tags', () => {
  it('let go of many values at once, also of one that is being made', async () => {
    const Cache = cache()
    await Cache.set('a', 1, minute, { tags: ['user:1', 'all'] })
    await Cache.set('b', 2, minute, { tags: ['user:2', 'all'] })
    await Cache.set('c', 3, minute)
    const { opened, open } = gate()
    const making = Cache.remember('d', minute, () => opened.then(() => 4), { tags: ['user:1'] })
    await sleep(5)
    await Cache.invalidate('user:1')
    open()
    expect(await making).toBe(4)
    const get = () => Promise.all(['a', 'b', 'c', 'd'].map((key) => Cache.get(key)))
    expect(await get()).toEqual([undefined, 2, 3, undefined])
    await Cache.invalidate(['all', 'nobody'])
    expect(await get()).toEqual([undefined, undefined, 3, undefined])
  })

  it('are the tenant’s, and reach what the job itself has seen', async () => {
    const Cache = cache()
    const seen = await inJobs(
      ['a', 'b'].map((_, n) => async () => {
        await Cache.set('k', n, minute, { tags: ['t'] })
        await Cache.get('k')
        if (n === 0) await Cache.invalidate('t')
        await sleep(20)
        return Cache.get('k')
      }),
      { tenants: ['a', 'b'] },
    )
    expect(seen).toEqual([undefined, 1])
  })
})

describe('tenants', () => {
  test('have each their own, whatever their names and keys hold', async () => {
    const Cache = cache()
    const nasty = ['a', 'a:b', 'a","b', '["a"]', 'a\\', 'é', '💥', '{a}', ' ', '*', 'b', '__proto__']
    const keys = ['b', ':b', 'a:b', 'k","b', '\ud800', '\ud801', '\n', '{b}:lock', '__proto__', 'tag:x']
    const all = await inJobs(
      nasty.map((tenant) => async () => {
        for (const key of keys) await Cache.set(key, `${tenant}|${key}`, minute)
        await sleep(20)
        const mine = await Promise.all(keys.map((key) => Cache.get(key)))
        return mine.every((value, n) => value === `${tenant}|${keys[n]!}`)
      }),
      { tenants: nasty },
    )
    expect(all).toEqual(nasty.map(() => true))
    expect(await Promise.all(keys.map((key) => Cache.has(key)))).toEqual(keys.map(() => false))
    expect(await Cache.get('b', { tenant: 'a:b' })).toBe('a:b|b')
  })

  test('share what they say is shared, and see nothing of each other by naming them', async () => {
    const Cache = cache()
    const seen = await inJobs(
      [
        async () => {
          await Cache.set('k', 'all', minute, { shared: true })
          await Cache.set('k', 'a', minute)
          return []
        },
        async () => {
          await until(() => Cache.has('k', { shared: true }))
          await expect(Cache.get('k', { tenant: 'a' })).rejects.toThrow(failsWith('FW_TENANT_FOREIGN'))
          await expect(Cache.get('k', { tenant: 'b', shared: true })).rejects.toThrow(failsWith('FW_TENANT_FOREIGN'))
          return [await Cache.get('k'), await Cache.get('k', { tenant: 'b' }), await Cache.get('k', { shared: true })]
        },
      ],
      { tenants: ['a', 'b'] },
    )
    expect(seen[1]).toEqual([undefined, undefined, 'all'])
    expect(await Cache.get('k')).toBe('all')
  })
})

describe('a job', () => {
  it('sees again what it has seen, until it changes it itself', async () => {
    const Cache = cache()
    const reads = heard('cache.read')
    await Cache.set('k', 1, minute)
    await inJobs([
      async () => {
        expect(await Cache.get('k')).toBe(1)
        await outside(() => Cache.set('k', 2, minute))
        expect(await Cache.get('k')).toBe(1)
        expect(await Cache.get('k', { fresh: true })).toBe(2)
        await Cache.delete('k')
        expect(await Cache.get('k')).toBeUndefined()
      },
    ])
    expect(reads.map(({ level }) => level)).toEqual(['process', 'memo', 'process', 'miss'])
  })

  it('has it no more after its end', async () => {
    const Cache = cache()
    const late = Promise.withResolvers<unknown>()
    await inJobs([
      () =>
        void sleep(30)
          .then(() => Cache.set('k', 1, minute))
          .catch(late.resolve),
    ])
    expect(await late.promise).toEqual(failsWith('FW_JOB_SETTLED'))
    expect(await Cache.has('k')).toBe(false)
  })
})

it.each<[string, CacheOptions]>([
  ['did you mean `prefix`', { prefx: 'a' } as CacheOptions],
  ['`entriesMax` is 0', { entriesMax: 0 }],
  ['a redis:// or rediss:// URL', { redis: 'http://secret@host' }],
])('options are checked: %s', (message, options) => {
  expect(() => createCache(options)).toThrow(message)
})

it('calls are checked', async () => {
  const Cache = cache({ ttlMsMax: 1_000 })
  const wrong = failsWith('FW_CONFIG_INVALID')
  await expect(Cache.set('k', 1, 1_001)).rejects.toThrow(/`ttlMs` is 1001; it is milliseconds from 1 to 1000/)
  await expect(Cache.set('k', 1, NaN)).rejects.toThrow(wrong)
  await expect(Cache.remember('k', 1, () => 1, { staleMs: -1 })).rejects.toThrow(wrong)
  await expect(Cache.remember('k', 1, () => 1, { tags: ['a'.repeat(2_000)] })).rejects.toThrow(
    failsWith('FW_NAME_INVALID'),
  )
  await expect(Cache.set('k', 1, 1, { tags: Array(17).fill('a') as string[] })).rejects.toThrow(wrong)
  await expect(Cache.get('')).rejects.toThrow(failsWith('FW_NAME_INVALID'))
  await expect(Cache.get('k', { frehs: true } as object)).rejects.toThrow(/did you mean `fresh`/)
})
