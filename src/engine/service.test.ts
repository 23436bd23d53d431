import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { gate, heard, inJob, until, working } from '../../test/support/work.ts'
import { current, defineJob, defineService, defineSingleton, disposeSingletons, maybeCurrent } from '../index.ts'

const failsWith = (code: string) => expect.objectContaining({ code })

describe('current', () => {
  it('is the handler’s own sandbox, anywhere below it', async () => {
    const deep = async () => (await sleep(1), current())
    await inJob(async (job) => {
      expect(await deep()).toBe(job)
      expect(maybeCurrent()).toBe(job)
    })
  })

  it('throws outside of a job, and says what to do instead', () => {
    expect(() => current()).toThrow(failsWith('FW_OUTSIDE_JOB'))
    expect(() => current()).toThrow(/maybeCurrent\(\).*bind\(\)/)
    expect(maybeCurrent()).toBeUndefined()
  })

  it('throws in what a job left behind', async () => {
    const late = Promise.withResolvers<unknown>()
    await inJob(
      () =>
        void sleep(30)
          .then(() => current())
          .then(late.resolve, late.reject),
    )
    await expect(late.promise).rejects.toEqual(failsWith('FW_JOB_SETTLED'))
  })
})

describe('job.scope', () => {
  it('keeps values for one job, and nobody else sees them', async () => {
    const job = defineJob('mine', { input: z.number() }, async (n, { scope }) => {
      scope.set('n', n)
      await sleep(Math.random() * 5)
      return [scope.get('n'), current().scope.get('n'), scope.has('other')]
    })
    const { client } = await working([job])
    const sent = await client.enqueueMany(
      job,
      Array.from({ length: 50 }, (_, n) => n),
    )
    expect(await Promise.all(sent.map((one) => one.result()))).toEqual(sent.map((_, n) => [n, n, false]))
  })

  it('makes a service once a job, and disposes of them in reverse order, also after a throw', async () => {
    const told: string[] = []
    const named = (name: string) =>
      defineService(
        name,
        (job) => (told.push(`make ${name} for ${job.name}`), { name }),
        ({ name }) => told.push(`let go of ${name}`),
      )
    const [first, second] = [named('first'), named('second')]
    const job = defineJob('uses', { attempts: 1 }, async (_, { scope }) => {
      expect(scope.get(first)).toBe(first.get())
      second.get()
      throw new Error('no')
    })
    const { client } = await working([job])
    await (await client.enqueue(job)).result().catch(() => {})
    expect(told).toEqual(['make first for uses', 'make second for uses', 'let go of second', 'let go of first'])
  })

  it('disposes of what a promise made, and of nothing that could not be made', async () => {
    const told: unknown[] = []
    let tries = 0
    const slow = defineService(
      'slow',
      async () => (await sleep(1), 'made'),
      (value) => told.push(value),
    )
    const broken = defineService(
      'broken',
      async () => Promise.reject(new Error(`try ${++tries}`)),
      () => told.push('never'),
    )
    await inJob(async () => {
      expect(await slow.get()).toBe('made')
      await expect(broken.get()).rejects.toThrow('try 1')
      await expect(broken.get()).rejects.toThrow('try 2')
    })
    expect(told).toEqual(['made'])
  })

  it('reports a disposal that fails or takes too long, and the job is done all the same', async () => {
    const events = heard('job.disposal')
    const fails = defineService(
      'fails',
      () => 1,
      () => Promise.reject(new Error('stuck door')),
    )
    const hangs = defineService(
      'hangs',
      () => 1,
      () => new Promise(() => {}),
      { disposeMs: 20 },
    )
    expect(await inJob(() => (fails.get(), hangs.get(), 'fine'))).toBe('fine')
    expect(events).toMatchObject([
      { name: 'one', what: 'the service "hangs"', error: { code: 'FW_CALL_TIMEOUT' } },
      { name: 'one', what: 'the service "fails"', error: { message: 'stuck door' } },
    ])
  })

  it('disposes of what a stuck handler holds', async () => {
    const told: string[] = []
    const held = defineService(
      'held',
      () => 1,
      () => told.push('let go'),
    )
    const hold = gate()
    const job = defineJob('stuck', { attempts: 1, timeoutMs: 10, stuckMs: 10 }, async () => {
      held.get()
      await hold.opened
    })
    const { client } = await working([job])
    await client.enqueue(job)
    await until(() => told.length === 1)
    hold.open()
  })

  it('is closed with the job', async () => {
    const service = defineService('late', () => 1)
    const { scope } = await inJob((job) => job)
    expect(() => scope.set('a', 1)).toThrow(failsWith('FW_JOB_SETTLED'))
    expect(() => scope.get(service)).toThrow(failsWith('FW_JOB_SETTLED'))
    expect(() => service.get()).toThrow(failsWith('FW_OUTSIDE_JOB'))
  })

  it('refuses one that needs itself, and what is no key', async () => {
    const one = defineService('one', (): unknown => two.get())
    const two = defineService('two', async (): Promise<unknown> => one.get())
    const alone = defineSingleton('alone', (): unknown => alone.get())
    await inJob(async ({ scope }) => {
      expect(() => alone.get()).toThrow('"alone" needs itself while it is made')
      await expect(two.get()).rejects.toThrow('"two" needs itself while it is made')
      expect(() => scope.get(null as never)).toThrow(failsWith('FW_JOB_INVALID'))
      expect(() => scope.get({} as never)).toThrow('takes a service, a text or a symbol, not object')
      expect(() => scope.set(1 as never, 1)).toThrow('takes a text or a symbol, not number')
    })
    await inJob(async () => void (await expect(one.get()).rejects.toThrow('"one" needs itself')))
  })

  it('refuses what is no service', () => {
    expect(() => defineService('a', () => 1, undefined, { disposeMs: -1 })).toThrow('`disposeMs` of "a" is -1')
    expect(() => defineService('a b', () => 1)).toThrow(failsWith('FW_NAME_INVALID'))
    expect(() => defineService('a', 1 as never)).toThrow(failsWith('FW_JOB_INVALID'))
    expect(() => defineSingleton('a', () => 1, 2 as never)).toThrow(failsWith('FW_JOB_INVALID'))
  })
})

describe('defineSingleton', () => {
  it('is made once, outside of any job, and disposed of when asked', async () => {
    const told: unknown[] = []
    const pool = defineSingleton(
      'pool',
      () => ({ maker: maybeCurrent() }),
      () => told.push('closed'),
    )
    const made = await inJob(() => pool.get())
    expect(made.maker).toBeUndefined()
    expect(await inJob((job) => job.scope.get(pool))).toBe(made)
    await disposeSingletons()
    expect(told).toEqual(['closed'])
    expect(pool.get()).not.toBe(made)
    await disposeSingletons()
  })

  it('tells what could not be disposed of, after all were tried', async () => {
    const told: string[] = []
    defineSingleton(
      'good',
      () => 1,
      () => told.push('good'),
    ).get()
    defineSingleton(
      'bad',
      () => 1,
      () => Promise.reject(new Error('bad')),
    ).get()
    await expect(disposeSingletons()).rejects.toMatchObject({ errors: [{ message: 'bad' }] })
    expect(told).toEqual(['good'])
  })
})
