import { describe, expect, it } from 'vitest'
import { ends, hungry, uncopied, waits, where } from '../../test/support/thread-jobs.ts'
import { threadWorker } from '../../test/support/thread-work.ts'
import { heard, until, working } from '../../test/support/work.ts'
import { systemEnv } from '../base/env.ts'
import { ThreadLane } from './lane.ts'

const made = threadWorker([ends, hungry, uncopied, where])

/** How an attempt ended: its record, and how it was told. */
async function ended(how: string) {
  const sent = await made.client.enqueue(ends, how, { attempts: 1 })
  await sent.result().catch(() => {})
  return (await sent.status())!
}

describe('what a handler throws in a thread comes back as it was', () => {
  it('the control errors', async () => {
    const delayed = async (how: string) => {
      const sent = await made.client.enqueue(ends, how)
      for (;;) {
        const status = (await sent.status())!
        if (status.state !== 'ready' && status.state !== 'running') return status
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    expect(await delayed('snooze')).toMatchObject({ state: 'delayed', attempts: 0 })
    expect(await delayed('retryIn')).toMatchObject({ state: 'delayed', attempts: 1 })
    expect(await delayed('giveUp')).toMatchObject({ state: 'dead', error: expect.stringMatching(/^GiveUp: no hope/) })
  })

  it('errors of ours keep their code, others their class, stack, causes and what is written on them', async () => {
    expect((await ended('http')).error).toMatch(/^FiberWorkError \[FW_HTTP_INVALID\]/)
    expect((await ended('text')).error).toBe('Thrown: just text')
    const { error } = await ended('own')
    expect(error).toMatch(/^Own: a plain one\n\s+at .*thread-jobs\.ts:\d+/)
    expect(error).toMatch(/Caused by TypeError: below/)
    expect(error).toMatch(/Caused by Thrown: \{"port":1\}/)
  })

  it('a result that cannot be copied fails the job, with the reason', async () => {
    expect(await ended('function')).toMatchObject({
      state: 'dead',
      error: expect.stringMatching(/FW_THREAD_VALUE.*"ends" returned.*could not be cloned/),
    })
  })
})

describe('what would end a process ends one job', () => {
  it('process.exit, also where it is caught, and a kill of oneself', async () => {
    expect((await ended('exit')).error).toMatch(/FW_HANDLER_EXIT.*process\.exit\(3\)/)
    expect((await ended('caught exit')).error).toMatch(/FW_HANDLER_EXIT.*process\.exit\(4\)/)
    expect((await ended('kill')).error).toMatch(/FW_HANDLER_EXIT.*SIGKILL/)
    expect((await ended('hard exit')).error).toMatch(/FW_THREAD_ENDED.*code: 5/)
  })

  it('a stray rejection, and an uncaught exception, which takes the thread along', async () => {
    const blamed = heard('job.blamed')
    expect((await ended('rejection')).error).toMatch(/FW_STRAY_ERROR.*unhandledRejection.*floating/)
    expect((await ended('exception')).error).toMatch(/FW_STRAY_ERROR.*uncaughtException.*in a timer/)
    expect(blamed.map(({ name, sure }) => [name, sure])).toEqual([
      ['ends', 'owner'],
      ['ends', 'owner'],
    ])
  })

  it('memory without end, in its heap or outside of it, by the limit of the definition', async () => {
    const sent = await made.client.enqueueMany(hungry, ['memory', 'buffers'])
    for (const one of sent) await expect(one.result()).rejects.toThrow(/FW_THREAD_MEMORY.*16 MiB/)
  })

  it('and the worker goes on, with other threads', async () => {
    expect(await (await made.client.enqueue(where)).result()).toMatchObject({ isMainThread: false })
    expect(made.worker.state).toBe('running')
    const again = await made.client.enqueue(ends, 'rejection')
    await expect(again.result()).rejects.toThrow(/FW_STRAY_ERROR/)
    expect((await again.status())?.attempts).toBe(2)
  })
})

describe('a thread that is lost', () => {
  it('by what an earlier job left in it, gives the job that runs there by then its attempt back', async () => {
    const stray = heard('worker.stray')
    const { client } = await working([ends, waits], { threads: 1 })
    const first = await client.enqueue(ends, 'late exception')
    expect(await first.result()).toBe('late exception')
    const second = await client.enqueue(waits, { how: 'ignores', ms: 500 })
    expect(await second.result()).toBe('slept')
    expect(stray).toMatchObject([{ origin: 'uncaughtException', error: { message: 'left behind' } }])
    expect((await first.status())?.state).toBe('done')
    expect((await second.status())?.attempts).toBe(1)
  })

  it('without a job in it, tells why', async () => {
    const stray = heard('worker.stray')
    const { client } = await working([ends, where], { threads: 1 })
    await (await client.enqueue(ends, 'late exception')).result()
    await until(() => stray.length === 1)
    expect(stray).toMatchObject([{ worker: undefined, origin: 'uncaughtException', error: { message: 'left behind' } }])
    expect(await (await client.enqueue(where)).result()).toMatchObject({ isMainThread: false })
  })

  it('before it has started, keeps nobody waiting', async () => {
    const lane = new ThreadLane({
      env: systemEnv,
      threads: 1,
      entry: new URL('./nowhere.ts', import.meta.url),
      data: { traits: made.client.driver.traits, bodyBytesMax: 1 },
    })
    const started = performance.now()
    await expect(lane.check([where])).rejects.toMatchObject({ code: 'FW_THREAD_ENDED' })
    expect(performance.now() - started).toBeLessThan(20_000)
    await lane.end()
  })
})

it('what a schema makes of an input and cannot be copied fails the job, with the reason', async () => {
  const sent = await made.client.enqueue(uncopied, 'text')
  await expect(sent.result()).rejects.toThrow(/FW_THREAD_VALUE.*schema of "uncopied".*could not be cloned/)
  expect((await sent.status())?.attempts).toBe(1)
})
