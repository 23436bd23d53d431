import type { Piscina } from 'piscina'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import { outside } from '../sandbox/storage.ts'
import type { ThreadData } from './messages.ts'
import { tellRelayed } from './relay.ts'

export interface PoolsOptions {
  /** The module that each thread loads. */
  entry: URL
  threads: number
  data: ThreadData
  /** Threads with this heap do not come up. */
  broken: (memoryMbMax: number | undefined, error: unknown) => void
}

/** The threads: one pool for each size of heap, because a thread has its heap from its start. Made when first asked for. */
export class Pools {
  readonly #options: PoolsOptions
  readonly #pools = new Map<number | undefined, Promise<Piscina>>()

  constructor(options: PoolsOptions) {
    this.#options = options
  }

  of(memoryMbMax: number | undefined): Promise<Piscina> {
    let pool = this.#pools.get(memoryMbMax)
    if (pool === undefined) this.#pools.set(memoryMbMax, (pool = outside(() => this.#make(memoryMbMax))))
    return pool
  }

  /** Ends all threads, whatever they do. */
  async end(): Promise<void> {
    const pools = await Promise.all(this.#pools.values())
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  async #make(memoryMbMax: number | undefined): Promise<Piscina> {
    const { entry, threads, data, broken } = this.#options
    const { Piscina } = await import('piscina')
    const pool = new Piscina({
      filename: entry.href,
      name: 'run',
      workerData: data,
      minThreads: 0,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: defaults.threadIdleMs,
      // Between two jobs the loop of a thread goes on, and with it what its facades have open.
      atomics: 'disabled',
      ...(memoryMbMax !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMbMax } }),
    })
    // A thread that ends without a job: it could not start, or what an earlier job left behind took it along.
    pool.on('error', (error: unknown) => {
      emit('worker.stray', () => ({ worker: undefined, origin: 'thread', error }))
      broken(memoryMbMax, error)
    })
    // Jobs have ports of their own: what comes here was left behind by one that has ended.
    pool.on('message', tellRelayed)
    return pool
  }
}
