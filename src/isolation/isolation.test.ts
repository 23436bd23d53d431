import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { gate, heard, until, working } from '../../test/support/work.ts'
import { defineJob, Http } from '../index.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { currentFiber, outside, storage } from '../sandbox/storage.ts'
import { type BlamePorts, installBlame } from './blame.ts'
import { trapExit } from './exit.ts'

/** Runs a handler once; hands its fiber out. */
async function fiberOf(run: (fiber: Fiber) => unknown): Promise<void> {
  const job = defineJob('one', { attempts: 1 }, () => run(currentFiber()!))
  const { client } = await working([job])
  await (await client.enqueue(job)).result().catch(() => {})
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
  const raise = (event: 'unhandledRejection' | 'uncaughtException', error: unknown, extra?: Partial<BlamePorts>) => {
    blamed.length = 0
    const others = process.listeners(event as 'uncaughtException')
    process.removeAllListeners(event)
    const undo = installBlame(ports(extra))
    process.emit(event as 'uncaughtException', error as Error)
    undo()
    expect(process.listenerCount(event)).toBe(0)
    for (const listener of others) process.on(event as 'uncaughtException', listener)
    return blamed.splice(0)
  }

  it('a stray rejection fails the job whose sandbox it carries', async () => {
    await fiberOf(() =>
      expect(raise('unhandledRejection', new Error('stray'))).toEqual([{ fiber: 'one', code: 'FW_STRAY_ERROR' }]),
    )
  })
  it("an exception with the handler's file on its stack has its owner, and condemns the process", async () => {
    await fiberOf(() =>
      expect(raise('uncaughtException', new Error('stray'))).toEqual([
        { fiber: 'one', code: 'FW_STRAY_ERROR' },
        { fiber: '-', code: 'condemned' },
      ]),
    )
  })
  it('without it, or thrown by a listener of an emitter, the job is a suspect', async () => {
    const elsewhere = Object.assign(new Error('x'), { stack: 'Error: x\n    at Other.fn (/elsewhere.js:1:1)' })
    const listener = Object.assign(new Error('x'), {
      stack: `Error: x\n    at fn (${import.meta.filename}:1:1)\n    at EventEmitter.emit (node:events:5:1)`,
    })
    await fiberOf(() => {
      for (const error of [elsewhere, listener, 'text', null]) {
        expect(raise('uncaughtException', error)[0]).toEqual({ fiber: 'one', code: 'FW_SUSPECT' })
      }
    })
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
  // The tests above move listeners on process about inside of jobs, which is told as well, a little later.
  const left = zombies.filter(({ name }) => name === 'leaves')
  expect(left).toMatchObject([{ name: 'leaves', left: [`GET http://127.0.0.1:${port}/left`] }])
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
