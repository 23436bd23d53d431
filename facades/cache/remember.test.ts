import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { inJobs, stillClock } from '../../test/support/jobs.ts'
import { gate, heard, until, working } from '../../test/support/work.ts'
import {
  type CacheClient,
  type CacheOptions,
  createCache,
  current,
  defineJob,
  type JobContext,
} from '../../src/index.ts'

const minute = 60_000

function cache(options: CacheOptions = {}): CacheClient {
  const made = createCache(options)
  onTestFinished(() => made.close())
  return made
}

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
    expect(settled.map((one) => one.status === 'rejected' && (one.reason as Error).message)).toEqual(
      Array(5).fill('down'),
    )
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

describe('a value past its time', () => {
  it('is answered at once, and made anew behind it, once, before the job ends', async () => {
    const clock = stillClock()
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

  it('that cannot be made anew is told, and stays', async () => {
    const clock = stillClock()
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
