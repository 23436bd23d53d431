import { type MessagePort, parentPort, threadId } from 'node:worker_threads'
import type { Env } from '../base/env.ts'
import { laneThread } from '../base/lane-thread.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { HttpClient } from '../contract/http.ts'
import { cleanUp, conclude } from '../engine/cleanup.ts'
import { Context, type World } from '../engine/context.ts'
import { tellZombie } from '../engine/events.ts'
import { layered } from '../engine/middleware.ts'
import type { AnyHandler } from '../job/definition.ts'
import { asFits } from '../job/fits.ts'
import { Keyring } from '../job/keyring.ts'
import { prepareJob } from '../job/prepare.ts'
import { Fiber } from '../sandbox/fiber.ts'
import { inside } from '../sandbox/storage.ts'
import { carry, revive } from './carry.ts'
import { Finder } from './find.ts'
import { guardThread, type Running } from './guard.ts'
import type { FromThread, Place, Task, ThreadData, ToThread } from './messages.ts'
import { relay, relayStrays } from './relay.ts'

/** Progress is sent on no more often than this: a loop may tell it with each turn. */
const progressMs = 50

export interface ThreadParts {
  env: Env
  http: HttpClient
  data: ThreadData
}

/** The thread's end of the lane: it runs one job after the other, each in a sandbox like that of the event loop. */
export class ThreadService {
  readonly #env: Env
  readonly #world: World
  readonly #finder = new Finder()
  #running: (Running & { port: MessagePort; toldMonoMs: number }) | undefined

  constructor({ env, http, data }: ThreadParts) {
    this.#env = env
    const keys = data.encryption && new Keyring(data.encryption)
    this.#world = {
      env,
      http,
      prepare: async (definition, input, options) =>
        asFits(await prepareJob(definition, input, options, env.id, { keys }), data.traits, data.bodyBytesMax),
      progressed: (fiber) => this.#progressed(fiber),
    }
    laneThread.is = true
    guardThread(() => this.#running)
    relayStrays(
      () => this.#running !== undefined,
      (message) => parentPort?.postMessage(message),
    )
  }

  /** For each place, why no handler is found there; undefined where one is. */
  async look(places: Place[]): Promise<(string | undefined)[]> {
    const problems: (string | undefined)[] = []
    for (const place of places) {
      problems.push(
        await this.#finder.find(place).then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error.message : String(error)),
        ),
      )
    }
    return problems
  }

  /** Runs one job; what becomes of it is said through its port. */
  async run(task: Task): Promise<void> {
    const { port } = task
    try {
      const handler = await this.#finder.find(task)
      const fiber = new Fiber(task.loan, task.worker, this.#env.monoMs(), task.timeoutMs, task.stuckMs)
      const unrelay = relay(task.listening, (message) => port.postMessage(message))
      fiber.principal = task.principal
      this.#begin(port, fiber)
      const ended = await this.#attempt(task, handler, fiber)
      unrelay()
      this.#running = undefined
      send(port, ended, handler.name)
    } catch (error) {
      send(port, { kind: 'ended', error: carry(error), followUps: undefined, signalUsed: false }, task.name)
    } finally {
      port.close()
    }
  }

  #begin(port: MessagePort, fiber: Fiber): void {
    this.#running = {
      port,
      fiber,
      toldMonoMs: -Infinity,
      blame: (error) => say(port, { kind: 'blamed', error: carry(error) }),
    }
    port.on('message', ({ why, error }: ToThread) => {
      say(port, { kind: 'heard' })
      fiber.abort(why, revive(error) as FiberWorkError)
    })
    say(port, { kind: 'began', thread: threadId })
  }

  #attempt({ data, attemptsMax }: Task, handler: AnyHandler, fiber: Fiber): Promise<Ended> {
    const context = new Context(fiber, this.#world, attemptsMax)
    fiber.context = context
    const { promise, resolve } = Promise.withResolvers<Ended>()
    inside(fiber.handle, async () => {
      const outcome = await layered(handler.options.use ?? [], context, async () => handler.run(data, context))
        .then(async (value) => {
          if (fiber.stop === undefined) await conclude(fiber)
          return { value }
        })
        .catch((error: unknown) => ({ error: carry(error) }))
      const cleanups = fiber.takeCleanups()
      if (cleanups !== undefined) await cleanUp(this.#env, fiber, cleanups)
      if (fiber.progress !== undefined) this.#tell(fiber.progress)
      if (fiber.calls.size > 0) tellZombie(fiber)
      const { followUps, signalUsed } = fiber
      fiber.settle()
      resolve({ kind: 'ended', ...outcome, followUps, signalUsed })
    })
    return promise
  }

  #progressed(fiber: Fiber): void {
    const running = this.#running
    if (running?.fiber !== fiber || this.#env.monoMs() - running.toldMonoMs < progressMs) return
    running.toldMonoMs = this.#env.monoMs()
    this.#tell(fiber.progress!)
    fiber.progress = undefined
  }

  #tell(text: string): void {
    if (this.#running !== undefined) say(this.#running.port, { kind: 'progress', text })
  }
}

type Ended = Extract<FromThread, { kind: 'ended' }>

function say(port: MessagePort, message: FromThread): void {
  port.postMessage(message)
}

/** A result that cannot be copied fails the job: nobody would ever see it. */
function send(port: MessagePort, ended: Ended, name: string): void {
  try {
    say(port, ended)
  } catch (cause) {
    const message = `What "${name}" returned cannot be copied out of its thread: ${(cause as Error).message}`
    const error = carry(new FiberWorkError('FW_THREAD_VALUE', message, { cause }))
    say(port, { kind: 'ended', error, followUps: undefined, signalUsed: ended.signalUsed })
  }
}
