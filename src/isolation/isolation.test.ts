import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { defineJob, Http } from '../index.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { currentFiber, outside, storage } from '../sandbox/storage.ts'
import { type BlamePorts, installBlame } from './blame.ts'
import { trapExit } from './exit.ts'

/** Runs a handler once; hands its fiber out. What it throws is thrown here. */
async function fiberOf(run: (fiber: Fiber) => unknown): Promise<void> {
  let ended: () => unknown = () => expect.fail('The handler was not reached.')
  const job = defineJob('one', { attempts: 1 }, async () => {
    try {
      await run(currentFiber()!)
      ended = () => {}
    } catch (error) {
      ended = () => {
        throw error
      }
    }
  })
  const { client } = await working([job])
  await (await client.enqueue(job)).result().catch(() => {})
  ended()
}

const handlerFrame = `Timeout._onTimeout (file://${import.meta.filename}:1:1)`

function thrownBy(...frames: string[]): Error {
  return Object.assign(new Error('x'), { stack: ['Error: x', ...frames].join('\n    at ') })
}

describe('blame', () => {
  const blamed: { fiber: string; code: string }[] = []
  const ports = (extra: Partial<BlamePorts> = {}): BlamePorts => ({
    blame: (fiber, error) => blamed.push({ fiber: fiber.loan.job.name, code: error.code }),
    condemn: () => blamed.push({ fiber: '-', code: 'condemned' }),
    owns: () => true,
    sourceOf: () => import.meta.filename,
    ...extra,
  })
  /** Raises what Node would raise, with only our listener to hear it. */
  const raise = (
    event: 'unhandledRejection' | 'uncaughtException',
    error: unknown,
    extra?: Partial<BlamePorts>,
    beside: BlamePorts[] = [],
  ) => {
    blamed.length = 0
    const others = process.listeners(event as 'uncaughtException')
    process.removeAllListeners(event)
    const undo = [ports(extra), ...beside].map((worker) => installBlame(worker))
    try {
      process.emit(event as 'unhandledRejection', error, Promise.resolve())
    } finally {
      for (const release of undo) release()
    }
    expect(process.listenerCount(event)).toBe(0)
    for (const listener of others) process.on(event as 'uncaughtException', listener)
    return blamed.splice(0)
  }

  it('a stray rejection fails the job whose sandbox it carries', async () => {
    await fiberOf(() =>
      expect(raise('unhandledRejection', new Error('stray'))).toEqual([{ fiber: 'one', code: 'FW_STRAY_ERROR' }]),
    )
  })
  it("an exception of a callback that stands in the handler's file has its owner, and condemns the process", async () => {
    const inTimer = thrownBy(handlerFrame, 'listOnTimeout (node:internal/timers:1:1)')
    const throughHelper = thrownBy(
      'help (/helper.js:1:1)',
      handlerFrame,
      'process.processTicksAndRejections (node:internal/x)',
    )
    await fiberOf(() => {
      for (const error of [inTimer, throughHelper]) {
        expect(raise('uncaughtException', error)).toEqual([
          { fiber: 'one', code: 'FW_STRAY_ERROR' },
          { fiber: '-', code: 'condemned' },
        ])
      }
    })
  })
  it('without it, from a listener of an emitter, or called by a library, the job is a suspect', async () => {
    const elsewhere = thrownBy('Other.fn (/elsewhere.js:1:1)')
    const listener = thrownBy(handlerFrame, 'EventEmitter.emit (node:events:5:1)')
    const library = thrownBy(handlerFrame, 'Client.done (/node_modules/client/index.js:1:1)')
    const hostile = Object.defineProperty(new Error('x'), 'stack', {
      get() {
        throw new Error('no stack for you')
      },
    })
    await fiberOf(() => {
      for (const error of [elsewhere, listener, library, hostile, 'text', null, Object.create(null), Symbol('x')]) {
        expect(raise('uncaughtException', error)[0]).toEqual({ fiber: 'one', code: 'FW_SUSPECT' })
      }
    })
  })
  it('messages: several errors in one, and what cannot be read', async () => {
    const messages: string[] = []
    const keep = { blame: (_: Fiber, error: Error) => void messages.push(error.message) }
    const unreadable = Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('no message for you')
      },
    })
    await fiberOf(() => {
      raise('unhandledRejection', new AggregateError([new Error('one'), 'two'], 'all failed'), keep)
      raise('unhandledRejection', unreadable, keep)
      raise('unhandledRejection', Object.freeze(new Error('frozen')), keep)
    })
    expect(messages.map((message) => message.replace(/^.*: /, ''))).toEqual([
      'all failed (one; two)',
      'an error that cannot be read',
      'frozen',
    ])
  })
  it('with two workers in one process each hears of its own jobs, and a stray is told once', async () => {
    const stray = heard('worker.stray')
    const other: string[] = []
    const neighbour = ports({
      owns: () => false,
      blame: () => other.push('blamed'),
      condemn: () => other.push('condemned'),
    })
    await fiberOf(() =>
      expect(raise('uncaughtException', 'x', {}, [neighbour]).map(({ code }) => code)).toEqual([
        'FW_SUSPECT',
        'condemned',
      ]),
    )
    raise('unhandledRejection', new Error('nobody'), {}, [neighbour])
    expect(other).toEqual(['condemned'])
    expect(stray).toHaveLength(1)
  })
  it('what no job owns is told, and a rejection alone condemns nobody', async () => {
    const stray = heard('worker.stray')
    expect(raise('unhandledRejection', new Error('nobody'))).toEqual([])
    await fiberOf(() => expect(raise('unhandledRejection', new Error('theirs'), { owns: () => false })).toEqual([]))
    expect(stray).toHaveLength(2)
  })
})

describe('a stray error pinned on a running job', () => {
  it('fails it when it ends, although its handler returns; others go on', async () => {
    const hold = gate()
    const fibers: Fiber[] = []
    const job = defineJob('guilty', { attempts: 1 }, async () => {
      fibers.push(currentFiber()!)
      await hold.opened
      return 'fine'
    })
    const { client, worker } = await working([job])
    const [guilty, innocent] = await client.enqueueMany(job, [undefined, undefined])
    await until(() => fibers.length === 2)
    const undo = trapExit((fiber, error) => fiber.abort('blamed', error))
    storage.run(fibers.find((fiber) => fiber.loan.job.id === guilty!.id)!.handle, () =>
      expect(() => process.exit(3)).toThrow(/process\.exit\(3\)/),
    )
    undo()
    hold.open()
    await expect(guilty!.result()).rejects.toThrow(/FW_HANDLER_EXIT/)
    expect(await innocent!.result()).toBe('fine')
    expect(worker.state).toBe('running')
  })

  it('process.abort and process.kill of oneself are trapped too, others pass', async () => {
    const { exit, abort, kill } = process
    await fiberOf((fiber) => {
      const seen: string[] = []
      const undo = trapExit((_fiber, error) => seen.push(error.message))
      expect(() => process.abort()).toThrow(/process\.abort/)
      expect(() => process.kill(process.pid, 'SIGKILL')).toThrow(/SIGKILL/)
      expect(process.kill(process.pid, 0)).toBe(true)
      undo()
      expect(seen).toHaveLength(2)
      expect(fiber.settled).toBe(false)
    })
    expect([process.exit, process.abort, process.kill]).toEqual([exit, abort, kill])
  })
})

describe('the exit trap', () => {
  it('refuses whatever would end the process or its supervisor, and lets the rest pass', async () => {
    const passed: unknown[] = []
    const { kill } = process
    process.kill = (pid, signal) => {
      passed.push([pid, signal])
      return true
    }
    const seen: string[] = []
    const undo = trapExit((_fiber, error) => seen.push(error.message))
    try {
      await fiberOf(() => {
        const { pid, ppid } = process
        for (const whom of [pid, ppid, -pid, 0, -1]) expect(() => process.kill(whom)).toThrow(/FW_HANDLER_EXIT|called/)
        expect(() => process.kill(String(pid) as unknown as number)).toThrow(/called/)
        expect(() => process.emit('SIGTERM')).toThrow(/process\.emit\(SIGTERM\)/)
        expect(() => (process as unknown as { reallyExit: (code: number) => void }).reallyExit(3)).toThrow(
          /reallyExit\(3\)/,
        )
        process.kill(2 ** 30, 'SIGTERM')
        process.kill(pid, 0)
        process.emit('an event of theirs' as 'warning', new Error('passes'))
      })
      expect(seen).toHaveLength(8)
      expect(passed).toEqual([
        [2 ** 30, 'SIGTERM'],
        [process.pid, 0],
      ])
      // Outside of jobs everything passes.
      process.kill(process.pid)
      expect(passed).toHaveLength(3)
    } finally {
      undo()
      process.kill = kill
    }
  })

  it('what a job left behind is refused too, and fails nobody', async () => {
    const seen: string[] = []
    let left: Fiber | undefined
    await fiberOf((fiber) => void (left = fiber))
    await until(() => left!.settled)
    const undo = trapExit((_fiber, error) => seen.push(error.message))
    storage.run(left!.handle, () => expect(() => process.exit(3)).toThrow(/process\.exit\(3\)/))
    undo()
    expect(seen).toEqual([])
  })

  it('with two workers it stays until the last one goes, in whatever order', () => {
    const { exit } = process
    const [first, second] = [trapExit(() => {}), trapExit(() => {})]
    first()
    expect(process.exit).not.toBe(exit)
    second()
    expect(process.exit).toBe(exit)
  })
})

it('a facade call left behind is a zombie, named, and aborted', async () => {
  const zombies = heard('job.zombie')
  const { createServer } = await import('node:http')
  const server = createServer((request, response) => void (request.url === '/first' && response.end())).listen(
    0,
    '127.0.0.1',
  )
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await Http.get(`http://127.0.0.1:${port}/first`)
  const outcomes: unknown[] = []
  const job = defineJob('leaves', {}, () => {
    Http.get(`http://127.0.0.1:${port}/left`).then(
      () => outcomes.push('answered'),
      (error: unknown) => outcomes.push((error as Error).name),
    )
  })
  const { client } = await working([job])
  await (await client.enqueue(job)).result()
  await until(() => outcomes.length === 1)
  server.close()
  server.closeAllConnections()
  expect(zombies).toMatchObject([{ name: 'leaves', left: [`GET http://127.0.0.1:${port}/left`] }])
  expect(outcomes).not.toEqual(['answered'])
})

it('nothing that outlives a job keeps its data alive', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const fibers: WeakRef<Fiber>[] = []
  const timers: NodeJS.Timeout[] = []
  const errors: Error[] = []
  const job = defineJob('leaky', { input: undefined as never }, async () => {
    fibers.push(new WeakRef(currentFiber()!))
    timers.push(setInterval(() => {}, 1_000))
    void new Promise(() => {}).then(() => {})
    errors.push(new Error('kept'))
  })
  const { client, worker } = await working([job])
  await client.enqueueMany(job, Array<undefined>(50).fill(undefined))
  await worker.idle()
  await new Promise((resolve) => setTimeout(resolve, 20))
  gc()
  for (const timer of timers) clearInterval(timer)
  expect(errors).toHaveLength(50)
  // The engine's own last one may still be on a stack.
  expect(fibers.filter((fiber) => fiber.deref() !== undefined).length).toBeLessThanOrEqual(1)
})

it('what is run outside belongs to no job', async () => {
  await fiberOf(() => {
    expect(currentFiber()).toBeDefined()
    expect(outside(() => currentFiber())).toBeUndefined()
  })
})
