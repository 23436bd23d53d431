import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { defineJob, type JobContext, maybeCurrent } from '../index.ts'
import { peekFiber } from './storage.ts'
import { installBlame } from '../isolation/blame.ts'

/** Runs the handler once; its job, and what it came to. */
async function ran(run: (job: JobContext) => unknown, options: { timeoutMs?: number } = {}) {
  const job = defineJob('one', { attempts: 1, ...options }, (_, context) => run(context))
  const { client } = await working([job])
  const sent = await client.enqueue(job)
  const outcome = await sent.result().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: (error as Error).message }),
  )
  return { client, sent, outcome }
}

it('sleep waits', async () => {
  const { outcome } = await ran(async (job) => {
    const from = performance.now()
    await job.sleep(20)
    return performance.now() - from >= 19
  })
  expect(outcome).toEqual({ value: true })
})

it('sleep rejects with the reason when the job is told to stop, and from then on at once', async () => {
  const codes: unknown[] = []
  const { outcome } = await ran(
    async (job) => {
      await job.sleep(60_000).catch((error: { code: string }) => codes.push(error.code))
      await job.sleep(60_000).catch((error: { code: string }) => codes.push(error.code))
      return 'deaf'
    },
    { timeoutMs: 30 },
  )
  expect(codes).toEqual(['FW_HANDLER_TIMEOUT', 'FW_HANDLER_TIMEOUT'])
  // It was told of the stop: its value does not count.
  expect(outcome).toMatchObject({ error: expect.stringContaining('FW_HANDLER_TIMEOUT') })
})

it('timers run inside the job, can be cleared, and end with it', async () => {
  const seen: (string | undefined)[] = []
  const note = () => void seen.push(maybeCurrent()?.name)
  const { outcome } = await ran(async (job) => {
    const ticked = gate()
    let ticks = 0
    job.setTimeout(note, 1)
    job.setTimeout(() => seen.push('cleared'), 5)()
    const clear = job.setInterval(() => {
      note()
      if (++ticks === 3) ticked.open()
    }, 1)
    await ticked.opened
    clear()
    const atClear = seen.length
    await job.sleep(20)
    job.setInterval(() => seen.push('late'), 30)
    job.setTimeout(() => seen.push('late'), 30)
    return seen.length - atClear
  })
  expect(outcome).toEqual({ value: 0 })
  const before = seen.length
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect(seen).toHaveLength(before)
  expect(seen).toEqual(Array<string>(4).fill('one'))
})

it('a listener runs inside the job whoever emits, and is removed at its end', async () => {
  const emitter = new EventEmitter()
  const target = new EventTarget()
  const seen: unknown[] = []
  const ready = gate()
  const done = gate()
  const running = ran(async (job) => {
    job.on(emitter, 'x', (value: number, more: string) => seen.push([value, more, maybeCurrent()?.name]))
    job.on(target, 'y', (event: Event) => seen.push([event.type, maybeCurrent()?.name]))
    job.on(emitter, 'x', () => seen.push('removed'))()
    ready.open()
    await done.opened
  })
  await ready.opened
  expect(peekFiber()).toBeUndefined()
  emitter.emit('x', 1, 'a')
  target.dispatchEvent(new Event('y'))
  done.open()
  await running
  emitter.emit('x', 2, 'b')
  target.dispatchEvent(new Event('y'))
  expect(seen).toEqual([
    [1, 'a', 'one'],
    ['y', 'one'],
  ])
  expect(emitter.listenerCount('x')).toBe(0)
})

it('what a timer or a listener throws fails this job, and reaches nobody else', async () => {
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  const stray = heard('worker.stray')
  const undo = installBlame({
    blame: (fiber, error) => fiber.abort('blamed', error),
    condemn: () => {},
    owns: () => true,
    sourceOf: () => undefined,
  })
  const emitter = new EventEmitter()
  const { outcome } = await ran(async (job) => {
    job.on(emitter, 'x', () => {
      throw new Error('from the listener')
    })
    // The emitter goes on as if nothing had happened.
    if (!emitter.emit('x')) return 'nobody listened'
    await job.sleep(60_000)
    return 'slept'
  })
  undo()
  for (const listener of others) process.on('unhandledRejection', listener)
  expect(outcome).toMatchObject({ error: expect.stringMatching(/FW_STRAY_ERROR.*from the listener/s) })
  expect(stray).toEqual([])
})

it('refuses what makes no sense, and what comes after the end', async () => {
  const codes: unknown[] = []
  let job: JobContext | undefined
  const attempt = async (run: () => unknown) => {
    try {
      await run()
    } catch (error) {
      codes.push((error as { code: string }).code)
    }
  }
  await ran(async (context) => {
    job = context
    await attempt(() => context.sleep(-1))
    await attempt(() => context.setTimeout(() => {}, Number.NaN))
    await attempt(() => context.setInterval(() => {}, Infinity))
    await attempt(() => context.on({} as EventTarget, 'x', () => {}))
  })
  await until(() => job !== undefined)
  for (const run of [
    () => job!.sleep(1),
    () => job!.setTimeout(() => {}, 1),
    () => job!.setInterval(() => {}, 1),
    () => job!.on(new EventTarget(), 'x', () => {}),
  ])
    await attempt(run)
  expect(codes).toEqual([...Array<string>(4).fill('FW_JOB_INVALID'), ...Array<string>(4).fill('FW_JOB_SETTLED')])
})

it('what cannot be removed at the end is told, and the rest ends', async () => {
  const disposals = heard('job.disposal')
  const stubborn = {
    on: () => {},
    off: () => {
      throw new Error('never')
    },
  }
  const emitter = new EventEmitter()
  await ran((job) => {
    job.on(stubborn, 'x', () => {})
    job.on(emitter, 'x', () => {})
  })
  expect(disposals).toMatchObject([{ name: 'one', what: 'a listener to x' }])
  expect(emitter.listenerCount('x')).toBe(0)
})
