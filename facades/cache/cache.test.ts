import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { type Env, systemEnv } from '../../src/base/env.ts'
import { outside } from '../../src/sandbox/storage.ts'
import { type CacheClient, type CacheOptions, createCache, current, defineJob, type JobContext, unchecked } from '../../src/index.ts'

const failsWith = (code: string) => expect.objectContaining({ code })
const minute = 60_000

function cache(options: CacheOptions = {}): CacheClient {
  const made = createCache(options)
  onTestFinished(() => made.close())
  return made
}

/** Runs one job for each of the functions, all at once; answers what they answered. */
async function inJobs<R>(runs: ((job: JobContext) => R)[], options: { tenants?: string[]; timeoutMs?: number } = {}) {
  const { tenants, timeoutMs = minute } = options
  const kept: Awaited<R>[] = []
  const job = defineJob('one', { input: unchecked<number>(), attempts: 1, timeoutMs }, async (n, job) => {
    kept[n] = await runs[n]!(job)
  })
  const { client } = await working([job])
  const sent = await Promise.all(
    runs.map((_, n) => client.enqueue(job, n, tenants === undefined ? {} : { tenant: tenants[n]! })),
  )
  await Promise.all(sent.map((one) => one.result()))
  return kept
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
    const [one, two] = await Promise.all([Cache.remember('m', minute, () => made), Cache.remember('m', minute, () => made)])
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
    const clock = movable()
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

  it('past it a stale value is answered at once, and made anew behind it, once, before the job ends', async () => {
    const clock = movable()
    const Cache = cache({ env: clock })
    let made = 0
    const { opened, open } = gate()
    const make = async () => {
      if (made++ > 0) await opened
      return made
    }
    const ask = () => Cache.remember('k', 1_000, make, { staleMs: 5_000 })
    expect(await ask()).toBe(1)
    clock.skip(1_500)
    const zombies = heard('job.zombie')
    const answers = await inJobs([
      async () => {
        const both = await Promise.all([ask(), ask()])
        setTimeout(open, 10)
        return both
      },
      async () => [await ask()],
    ])
    expect(answers.flat()).toEqual([1, 1, 1])
    expect([await Cache.get('k'), made, zombies]).toEqual([2, 2, []])
    clock.skip(7_000)
    expect(await ask()).toBe(3)
  })

  it('what cannot be made anew is told, and the stale value stays', async () => {
    const clock = movable()
    const Cache = cache({ env: clock })
    const degraded = heard('cache.degraded')
    await Cache.remember('k', 1_000, () => 'old', { staleMs: 5_000 })
    clock.skip(1_500)
    const broken = () => Cache.remember('k', 1_000, () => Promise.reject<string>(new Error('no')), { staleMs: 5_000 })
    expect(await broken()).toBe('old')
    await until(() => degraded.length === 1)
    expect(degraded).toMatchObject([{ verb: 'renew', error: { message: 'no' } }])
    expect(await broken()).toBe('old')
    expect(await Cache.get('k')).toBeUndefined()
  })
})

describe('remember', () => {
  it('makes a value once for all who ask meanwhile, in the job of the first', async () => {
    const Cache = cache()
    const makers: string[] = []
    const ask = (job: JobContext) =>
      Cache.remember('k', minute, async () => {
        makers.push(current().id)
        expect(current()).toBe(job)
        await sleep(20)
        return { by: current().id }
      })
    const answers = await inJobs(Array.from({ length: 50 }, () => ask))
    expect(makers).toHaveLength(1)
    expect(new Set(answers.map(({ by }) => by))).toEqual(new Set(makers))
  })

  it('throws what make throws to all who wait, and keeps it for nobody', async () => {
    const Cache = cache()
    let made = 0
    const ask = () =>
      Cache.remember('k', minute, async () => {
        await sleep(10)
        if (++made === 1) throw new Error('down')
        return made
      })
    const settled = await Promise.allSettled(Array.from({ length: 5 }, ask))
    expect(settled.map((one) => one.status === 'rejected' && (one.reason as Error).message)).toEqual(Array(5).fill('down'))
    expect(await ask()).toBe(2)
  })

  it('goes on with another job when the one that makes is told to stop', async () => {
    const Cache = cache()
    const makers: string[] = []
    const slow = defineJob('slow', { attempts: 1, timeoutMs: 30 }, () =>
      Cache.remember('k', minute, async () => {
        makers.push('slow')
        await sleep(2_000, undefined, { signal: current().signal })
        return 'slow'
      }),
    )
    const patient = defineJob('patient', { attempts: 1 }, () =>
      Cache.remember('k', minute, async () => {
        makers.push('patient')
        await sleep(20)
        return 'patient'
      }),
    )
    const { client } = await working([slow, patient])
    const first = await client.enqueue(slow)
    await until(() => makers.length === 1)
    const others = await Promise.all(Array.from({ length: 20 }, () => client.enqueue(patient)))
    await expect(first.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    expect(await Promise.all(others.map((one) => one.result()))).toEqual(Array(20).fill('patient'))
    expect(makers).toEqual(['slow', 'patient'])
  })

  it('does not wait for a job that ignores its signal, and keeps nothing of it', async () => {
    const Cache = cache()
    const { opened, open } = gate()
    let begun = 0
    const deaf = defineJob('deaf', { attempts: 1, timeoutMs: 20, stuckMs: 60_000 }, () =>
      Cache.remember('k', minute, async () => {
        begun++
        await opened
        return 'deaf'
      }),
    )
    const { client } = await working([deaf])
    const first = await client.enqueue(deaf)
    await until(() => begun === 1)
    expect(await Cache.remember('k', minute, () => 'heard')).toBe('heard')
    open()
    await expect(first.result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    expect(await Cache.get('k')).toBe('heard')
  })

  it('a waiter that is told to stop leaves, and the others stay', async () => {
    const Cache = cache()
    const { opened, open } = gate()
    const making = Cache.remember('k', minute, async () => {
      await opened
      return 1
    })
    const hasty = defineJob('hasty', { attempts: 1, timeoutMs: 20 }, () => Cache.remember('k', minute, () => 2))
    const { client } = await working([hasty])
    await expect((await client.enqueue(hasty)).result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    open()
    expect(await making).toBe(1)
  })

  it('does not keep what was deleted or set while it was made, and makes it anew for who comes then', async () => {
    const Cache = cache()
    const { opened, open } = gate()
    const making = Cache.remember('k', minute, async () => {
      await opened
      return 'old'
    })
    await sleep(5)
    await Cache.delete('k')
    expect(await Cache.remember('k', minute, () => 'new')).toBe('new')
    open()
    expect(await making).toBe('old')
    expect(await Cache.get('k')).toBe('new')
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
    await inJobs([() => void sleep(30).then(() => Cache.set('k', 1, minute)).catch(late.resolve)])
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
  await expect(Cache.remember('k', 1, () => 1, { tags: ['a'.repeat(2_000)] })).rejects.toThrow(failsWith('FW_NAME_INVALID'))
  await expect(Cache.set('k', 1, 1, { tags: Array(17).fill('a') as string[] })).rejects.toThrow(wrong)
  await expect(Cache.get('')).rejects.toThrow(failsWith('FW_NAME_INVALID'))
  await expect(Cache.get('k', { frehs: true } as object)).rejects.toThrow(/did you mean `fresh`/)
})

/** A clock that stands still until it is moved on; timers are real. */
function movable(): Env & { skip: (ms: number) => void } {
  let skippedMs = 0
  return { ...systemEnv, monoMs: () => skippedMs, skip: (ms) => void (skippedMs += ms) }
}
