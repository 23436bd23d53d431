import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { heard, until, working } from '../../test/support/work.ts'
import {
  defineJob,
  type EnqueueOptions,
  FiberWorkError,
  GiveUp,
  type JobOptions,
  RetryIn,
  Snooze,
  unchecked,
} from '../index.ts'
import { currentFiber } from '../sandbox/storage.ts'

const quick = { backoff: { kind: 'fixed', baseMs: 1, jitter: 'none' }, attempts: 3 } as const

/** Runs one job whose attempts do what they are told, in order; answers its record and what each attempt was numbered. */
async function run(
  script: (() => unknown)[],
  options: JobOptions<undefined, undefined> = {},
  enqueue: EnqueueOptions = {},
) {
  const attempts: number[] = []
  const job = defineJob('scripted', { ...quick, ...options }, (_, { attempt }) => {
    attempts.push(attempt)
    return script[attempts.length - 1]?.()
  })
  const { client, worker } = await working([job])
  const sent = await client.enqueue(job, undefined, enqueue)
  await worker.idle({ delayed: true })
  return { record: (await sent.status())!, attempts, sent }
}

const fail =
  (message = 'no') =>
  () => {
    throw new Error(message)
  }

describe('what becomes of an attempt', () => {
  it('return: done, with the result', async () => {
    const { record, sent } = await run([() => ({ a: [1] })])
    expect(record).toMatchObject({ state: 'done', attempts: 1 })
    expect(await sent.result()).toEqual({ a: [1] })
  })

  it('throw: retried until the attempts are used up, then dead with the error and its causes', async () => {
    const { record, attempts } = await run([
      fail(),
      fail(),
      () => {
        throw new Error('outer', { cause: new TypeError('inner') })
      },
    ])
    expect(attempts).toEqual([1, 2, 3])
    expect(record.state).toBe('dead')
    expect(record.error).toMatch(/^Error: outer\n {4}at [^]*Caused by TypeError: inner/)
  })

  it('a suspect of an uncaught exception gets its attempt back, and waits a little longer each time', async () => {
    const job = defineJob('suspect', quick, () => {
      currentFiber()!.abort('blamed', new FiberWorkError('FW_SUSPECT', 'near this job'))
    })
    const { client } = await working([job])
    const sent = await client.enqueue(job)
    await until(async () => (await sent.status())?.state === 'delayed')
    expect(await sent.status()).toMatchObject({ attempts: 0, error: expect.stringContaining('FW_SUSPECT') as string })
  })

  it('an enqueue may allow more attempts than the definition', async () => {
    expect((await run([fail(), fail(), fail(), fail()], {}, { attempts: 4 })).attempts).toEqual([1, 2, 3, 4])
  })

  it('Snooze: the attempt is given back', async () => {
    const snooze = () => {
      throw new Snooze(1)
    }
    const { record, attempts } = await run([snooze, snooze, snooze, snooze, () => 'at last'])
    expect(attempts).toEqual([1, 1, 1, 1, 1])
    expect(record).toMatchObject({ state: 'done', attempts: 1 })
  })

  it('RetryIn: the attempt counts, the delay is its own', async () => {
    const { record, attempts } = await run(
      [
        () => {
          throw new RetryIn(1)
        },
        () => {
          throw new RetryIn(1)
        },
        () => {
          throw new RetryIn(1, 'still')
        },
      ],
      {
        backoff: { kind: 'fixed', baseMs: 60_000 },
      },
    )
    expect(attempts).toEqual([1, 2, 3])
    expect(record).toMatchObject({ state: 'dead', error: expect.stringContaining('still') as string })
  })

  it('GiveUp: dead at once', async () => {
    const { record, attempts } = await run([
      () => {
        throw new GiveUp('no such customer')
      },
    ])
    expect(attempts).toEqual([1])
    expect(record).toMatchObject({ state: 'dead', error: expect.stringContaining('no such customer') as string })
  })

  const odd = Object.freeze({
    get stack() {
      throw new Error('trap')
    },
  })
  const circle: { self?: unknown } = {}
  circle.self = circle
  it.each([
    [null],
    [undefined],
    ['text'],
    [7],
    [odd],
    [circle],
    [Symbol('s')],
    [
      new Proxy(
        {},
        {
          get() {
            throw new Error('trap')
          },
        },
      ),
    ],
    [{ then: 1 }],
  ])('an odd thing thrown (%#) fails the job like an error', async (thing) => {
    const throwIt = () => {
      throw thing
    }
    const { record } = await run([throwIt, throwIt, throwIt])
    expect(record).toMatchObject({ state: 'dead', error: expect.any(String) as string })
  })

  it('a message of 10 MB is cut', async () => {
    const { record } = await run([fail('x'.repeat(1e7))], { attempts: 1 })
    expect(record.error!.length).toBeLessThan(10_000)
  })

  it('a result that is not JSON, or too large, does not fail the job', async () => {
    for (const result of [1n, 'x'.repeat(300_000)]) {
      const { record, sent } = await run([() => result])
      expect(record.state).toBe('done')
      await expect(sent.result()).rejects.toMatchObject({ code: 'FW_RESULT_TOO_LARGE' })
    }
  })
})

describe('an error with a code of ours', () => {
  const coded = (retryable: boolean) => () => {
    throw new FiberWorkError('FW_HTTP_STATUS', 'no', { retryable })
  }

  it('that is not retryable is dead at once, one that is goes by the policy, and onError has the last word', async () => {
    expect((await run([coded(false)])).record).toMatchObject({ state: 'dead', attempts: 1 })
    expect((await run([coded(true), () => 1])).record).toMatchObject({ state: 'done', attempts: 2 })
    expect((await run([coded(false), () => 1], { onError: () => 'retry' })).record).toMatchObject({
      state: 'done',
      attempts: 2,
    })
  })
})

describe('onError', () => {
  it('classifies: dead, retry, or a control error', async () => {
    expect((await run([fail()], { onError: () => 'dead' })).record.state).toBe('dead')
    expect((await run([fail(), () => 1], { onError: async () => new Snooze(1) })).attempts).toEqual([1, 1])
    expect((await run([fail(), () => 1], { onError: () => 'retry' })).attempts).toEqual([1, 2])
    expect((await run([fail(), () => 1], { onError: () => undefined })).attempts).toEqual([1, 2])
  })

  it('that throws itself leaves it to the policy, with its own error', async () => {
    const { record, attempts } = await run([fail(), fail(), fail()], { onError: fail('second') })
    expect(attempts).toEqual([1, 2, 3])
    expect(record.error).toContain('second')
  })
})

describe('the stored input', () => {
  const at = (options: JobOptions<number, unknown>) =>
    defineJob('versioned', { ...quick, ...options } as JobOptions<number, unknown>, (data) => data)

  it('of an older version is carried over by `upgrade`, then checked', async () => {
    const old = defineJob('versioned', { input: z.number() })
    const now = defineJob(
      'versioned',
      {
        ...quick,
        version: 2,
        input: z.object({ cents: z.number() }),
        upgrade: (input, from) => ({ cents: (input as number) * 100 * from }),
      },
      (data) => data,
    )
    const { client } = await working([now])
    expect(await (await client.enqueue(old, 5)).result()).toEqual({ cents: 500 })
  })

  it('that does not satisfy the schema any more is dead at once, with the reason, and blocks nobody', async () => {
    const old = defineJob('versioned', { input: z.number() })
    const { client } = await working([at({ input: z.number().max(3) as never })])
    const bad = await client.enqueue(old, 5)
    await expect(bad.result()).rejects.toMatchObject({
      code: 'FW_JOB_DEAD',
      message: expect.stringContaining('FW_INPUT_INVALID') as string,
    })
    expect((await bad.status())!.attempts).toBe(1)
    expect(await (await client.enqueue(old, 2)).result()).toBe(2)
  })

  it('whose `upgrade` throws is dead with FW_UPGRADE_FAILED and the cause', async () => {
    const { client } = await working([at({ version: 2, upgrade: fail('lost') })])
    const sent = await client.enqueue(defineJob('versioned', { input: unchecked<number>() }), 5)
    await expect(sent.result()).rejects.toThrow(/FW_UPGRADE_FAILED/)
    expect((await sent.status())!.error).toMatch(/FW_UPGRADE_FAILED[^]*lost/)
  })

  it('that is damaged is dead with FW_BODY_INVALID', async () => {
    const { client } = await working([at({})])
    await client.driver.enqueue({ lane: 1, seq: 1 }, [
      { id: 'broken', queue: 'default', name: 'versioned', priority: 5, body: '{"v":' },
    ])
    await expect(client.job('broken').result()).rejects.toThrow(/FW_BODY_INVALID/)
  })

  it('an error of the same kind inside the handler is an error like any other', async () => {
    let tries = 0
    const job = defineJob('parse', quick, () => {
      tries++
      throw Object.assign(new Error('theirs'), { code: 'FW_INPUT_INVALID' })
    })
    const { client, worker } = await working([job])
    await client.enqueue(job)
    await worker.idle({ delayed: true })
    expect(tries).toBe(3)
  })
})

it('a job that this build does not know is left alone, reported, and lost no attempt', async () => {
  const unknown = heard('job.unknown')
  const known = defineJob('known', {}, () => 1)
  const { client, worker } = await working([known])
  const foreign = await client.enqueue(defineJob('foreign', {}))
  expect(await (await client.enqueue(known)).result()).toBe(1)
  await until(() => unknown.length > 0)
  expect(unknown[0]).toMatchObject({ id: foreign.id, name: 'foreign', queue: 'default' })
  await worker.idle()
  expect(await foreign.status()).toMatchObject({ state: 'delayed', attempts: 0 })
})
