import { defaults } from '../base/defaults.ts'
import { type Env, within } from '../base/env.ts'
import { FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import type { HandOver, Lane } from '../engine/options.ts'
import { Snooze } from '../job/control.ts'
import type { AnyHandler } from '../job/definition.ts'
import { fileOf } from '../job/place.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { Errand } from './errand.ts'
import type { Place, ThreadData } from './messages.ts'
import { Pools } from './pools.ts'

/** Jobs on loan that wait for a thread, for each thread; further ones go back to their queue for a moment. */
const waitingPerThread = 4
/** For how long, at least; the longest is twice that. */
const backMs = 500

interface Waiting {
  fiber: Fiber
  go: () => void
}

export interface LaneOptions {
  env: Env
  threads: number
  /** The module that each thread loads. */
  entry: URL
  data: ThreadData
}

/**
 * Runs handlers in threads, one job a thread. A job that finds all of them busy waits here, its time not yet running; the queues of
 * the thread lane are asked for no more jobs than there are threads, so that only those wait whose queue has others beside them.
 */
export class ThreadLane implements Lane {
  readonly #env: Env
  readonly #threads: number
  readonly #pools: Pools
  #free: number
  readonly #places = new Map<AnyHandler, Place>()
  /** Aborted when a thread cannot even start. */
  readonly #noThread = new AbortController()
  readonly #running = new Set<Errand>()
  readonly #waiting: Waiting[] = []

  constructor({ env, threads, entry, data }: LaneOptions) {
    this.#env = env
    this.#threads = threads
    this.#free = threads
    this.#pools = new Pools({ entry, threads, data, broken: (memoryMbMax, error) => this.#broken(memoryMbMax, error) })
  }

  async run(hand: HandOver): Promise<unknown> {
    const errand = new Errand(this.#env, hand, this.#placeOf(hand.handler))
    if (hand.fiber.stop !== undefined) throw hand.fiber.stop.error
    if (this.#free > 0) this.#free--
    else await this.#turn(errand)
    this.#running.add(errand)
    try {
      await this.#inThread(errand)
    } finally {
      this.#running.delete(errand)
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next.go()
    }
    return errand.result()
  }

  /** Does a thread find all these handlers again? Throws `FW_THREAD_HANDLER`. */
  async check(handlers: readonly AnyHandler[]): Promise<void> {
    const places = handlers.map((handler) => this.#placeOf(handler))
    const pool = await this.#pools.of(handlers[0]?.options.memoryMbMax)
    // It may throw at once: threads may be forbidden.
    const { signal } = this.#noThread
    const looking = (async () => (await pool.run(places, { name: 'look', signal })) as (string | undefined)[])()
    const inTime = await within(this.#env, defaults.threadOpenMs, looking).catch((error: unknown) => {
      const cause = signal.aborted ? signal.reason : error
      throw new FiberWorkError('FW_THREAD_ENDED', `No thread can be started: ${String(cause)}`, { cause })
    })
    const slow = `A thread did not find the handlers within ${defaults.threadOpenMs} ms: importing their files takes too long.`
    const problem = inTime ? (await looking).find((found) => found !== undefined) : slow
    if (problem !== undefined) throw new FiberWorkError('FW_THREAD_HANDLER', problem)
  }

  drain(): void {
    for (const { fiber } of [...this.#waiting]) {
      fiber.abort(
        'shutdown',
        new FiberWorkError('FW_SHUTDOWN', 'The worker is stopping; the job goes back to its queue.'),
      )
    }
  }

  /** Ends all threads, whatever they do. */
  end(): Promise<void> {
    return this.#pools.end()
  }

  /** A thread that ends before the handler's first line has done nothing yet: another one is tried, once. */
  async #inThread(errand: Errand): Promise<void> {
    const pool = await this.#pools.of(errand.hand.handler.options.memoryMbMax)
    try {
      await errand.run(pool)
    } catch (error) {
      if (errand.begun || !isFiberWorkError(error) || error.code !== 'FW_THREAD_ENDED') throw error
      await errand.run(pool)
    }
  }

  #turn(errand: Errand): Promise<void> {
    if (this.#waiting.length >= this.#threads * waitingPerThread) {
      throw new Snooze(backMs * (1 + this.#env.random()), 'All threads of this worker are busy.')
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { fiber: errand.hand.fiber, go: resolve }
    this.#waiting.push(waiting)
    errand.onStop = (error) => {
      const at = this.#waiting.indexOf(waiting)
      if (at >= 0) this.#waiting.splice(at, 1)
      reject(error as Error)
    }
    return promise.finally(() => (errand.onStop = undefined))
  }

  #broken(memoryMbMax: number | undefined, error: unknown): void {
    this.#noThread.abort(error)
    for (const errand of this.#running) {
      if (errand.hand.handler.options.memoryMbMax === memoryMbMax) errand.give(error)
    }
  }

  #placeOf(handler: AnyHandler): Place {
    const known = this.#places.get(handler)
    if (known !== undefined) return known
    const file = fileOf(handler)
    const { name, queue, source } = handler
    if (file !== undefined) {
      const place = { file, queue: queue.name, name }
      this.#places.set(handler, place)
      return place
    }
    throw new FiberWorkError(
      'FW_THREAD_HANDLER',
      `The handler "${name}" was defined ${source === undefined ? 'where no file is' : `in ${source}, which is no file`}: a thread cannot import it again. Define it in a file of its own, or leave out \`lane: 'thread'\`.`,
    )
  }
}
