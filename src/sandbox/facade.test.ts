import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { heard, inJob, working } from '../../test/support/work.ts'
import { bind, current, defineFacade, defineJob, maybeCurrent } from '../index.ts'

const failsWith = (code: string) => expect.objectContaining({ code })

describe('bind', () => {
  it('runs a listener inside its job, and not at all after the end', async () => {
    const emitter = new EventEmitter()
    const heardIn: unknown[] = []
    const job = defineJob('listens', {}, async (_, { id }) => {
      emitter.on(
        'tick',
        bind(() => heardIn.push(maybeCurrent()?.id === id)),
      )
      setTimeout(() => emitter.emit('tick'), 1)
      await sleep(20)
    })
    const { client } = await working([job])
    await (await client.enqueue(job)).result()
    const before = heardIn.length
    emitter.emit('tick')
    expect(heardIn).toEqual([true])
    expect(before).toBe(1)
  })

  it('passes this, arguments and answer, and leaves a function alone outside of a job', async () => {
    const plus = function (this: { base: number }, more: number) {
      return this.base + more
    }
    expect(bind(plus)).toBe(plus)
    await inJob(() => expect(bind(plus).call({ base: 1 }, 2)).toBe(3))
  })
})

describe('defineFacade', () => {
  interface Line {
    ask: (text: string, ms?: number) => Promise<string>
    count: () => number
    who: () => string | undefined
  }
  const make = () => {
    const made: unknown[] = []
    const seen: unknown[] = []
    const Line = defineFacade<{ closed: boolean }, Line>('line', {
      open: async () => {
        made.push(maybeCurrent())
        return { closed: false }
      },
      close: (resource) => void (resource.closed = true),
      face: (door) => ({
        ask: (text, ms = 1) =>
          door.call(`ask ${text}`, async (_resource, scene) => {
            seen.push(maybeCurrent())
            await sleep(ms, undefined, scene.signal && { signal: scene.signal })
            return text
          }),
        count: () => door.state(() => ({ n: 0 })).n++,
        who: () => door.job?.tenant,
      }),
    })
    return { Line, made, seen }
  }

  it('opens once, outside of any job, and runs outside while the job goes on in its own', async () => {
    const { Line, made, seen } = make()
    await inJob(
      async (job) => {
        expect(await Promise.all([Line.ask('a'), Line.ask('b')])).toEqual(['a', 'b'])
        expect(current()).toBe(job)
        expect(Line.who()).toBe('acme')
      },
      { tenant: 'acme' },
    )
    expect(await Line.ask('outside')).toBe('outside')
    expect(Line.who()).toBeUndefined()
    expect([made, seen]).toEqual([[undefined], [undefined, undefined, undefined]])
  })

  it.each<[unknown, unknown, string]>([
    ['', { open: () => 1, face: () => ({}) }, '`name` is ""'],
    ['a', undefined, '"a" needs a function `open`'],
    ['a', { open: () => 1 }, '"a" needs a function `face`'],
    ['a', { open: () => 1, close: 1, face: () => ({}) }, '`close` of "a" is no function'],
    ['a', { open: () => 1, face: () => ({ close: () => 1 }) }, "that is the facade's own"],
  ])('refuses %o %o', (name, options, says) => {
    expect(() => defineFacade(name as string, options as never)).toThrow(says)
    expect(() => defineFacade(name as string, options as never)).toThrow(failsWith('FW_CONFIG_INVALID'))
    expect(() => bind(5 as never)).toThrow(failsWith('FW_JOB_INVALID'))
  })

  it('keeps state for each job', async () => {
    const { Line } = make()
    const counts = () => [Line.count(), Line.count()]
    expect(await inJob(counts)).toEqual([0, 1])
    expect(await inJob(counts)).toEqual([0, 1])
    expect(() => Line.count()).toThrow(failsWith('FW_OUTSIDE_JOB'))
  })

  it('ends a call with the job’s timeout, and reports one that is left behind', async () => {
    const { Line } = make()
    const zombies = heard('job.zombie')
    const ended = heard('facade.ended')
    const job = defineJob('waits', { attempts: 1, timeoutMs: 20 }, () => Line.ask('long', 5_000))
    const { client } = await working([job])
    await expect((await client.enqueue(job)).result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    const late = Promise.withResolvers<unknown>()
    await inJob(() => void Line.ask('left', 5_000).catch(late.resolve))
    expect(await late.promise).toEqual(failsWith('FW_JOB_SETTLED'))
    expect(zombies).toMatchObject([{ name: 'one', left: ['line: ask left'] }])
    expect(ended.map(({ what, error }) => [what, (error as { code: string }).code])).toEqual([
      ['ask long', 'FW_HANDLER_TIMEOUT'],
      ['ask left', 'FW_JOB_SETTLED'],
    ])
  })

  it('begins nothing for a job that was told to stop, also when that came while the resource was opened', async () => {
    const begun: string[] = []
    const opening = Promise.withResolvers<number>()
    const Slow = defineFacade('slow', {
      open: () => opening.promise,
      face: (door) => ({ go: (what: string) => door.call(what, () => begun.push(what)) }),
    })
    const job = defineJob('told', { attempts: 1, timeoutMs: 10 }, async () => {
      await Slow.go('first').catch(() => {})
      opening.resolve(1)
      await Slow.go('second')
    })
    const { client } = await working([job])
    await expect((await client.enqueue(job)).result()).rejects.toThrow(/FW_HANDLER_TIMEOUT/)
    expect(begun).toEqual([])
  })

  it('opens anew after what failed to open, and after close', async () => {
    let tries = 0
    const Shaky = defineFacade('shaky', {
      open: () => {
        if (++tries === 1) throw new Error('not yet')
        return tries
      },
      face: (door) => ({ get: () => door.call('get', (resource) => resource) }),
    })
    await expect(Shaky.get()).rejects.toThrow('not yet')
    expect(await Shaky.get()).toBe(2)
    await Shaky.close()
    expect(await Shaky.get()).toBe(3)
  })
})

describe('tenant', () => {
  it('is the job’s, its group where no other is given, and that of the jobs it enqueues', async () => {
    const child = defineJob('child', {}, (_, { tenant, group }) => [tenant, group])
    const parent = defineJob(
      'parent',
      { input: z.object({ of: z.string() }), tenant: ({ of }) => of },
      async (_, job) => [
        job.tenant,
        job.group,
        await job.enqueue(child),
        await job.enqueue(child, undefined, { tenant: 'other', group: 'g' }),
      ],
    )
    const asks = defineJob('asks', { tenant: 'acme' }, async () => {
      const [one, two] = [await client.enqueue(child), await client.enqueue(child, undefined, { tenant: 'other' })]
      return ['direct', (await one.result())[0], (await two.result())[0]]
    })
    const { client } = await working([parent, child, asks])
    expect(await (await client.enqueue(asks)).result()).toEqual(['direct', 'acme', 'other'])
    const [tenant, group, same, other] = await (await client.enqueue(parent, { of: 'acme' })).result()
    expect([tenant, group]).toEqual(['acme', 'acme'])
    expect(await client.job(same!).result()).toEqual(['acme', 'acme'])
    expect(await client.job(other!).result()).toEqual(['other', 'g'])
    await expect(client.enqueue(parent, { of: 'a\nb' })).rejects.toThrow(failsWith('FW_NAME_INVALID'))
  })
})
