import type { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { answered } from '../../src/base/answered.ts'
import { defaults } from '../../src/base/defaults.ts'
import { redactUrls } from '../../src/base/text.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { toFiberWorkError } from './errors.ts'
import type { Settings } from './options.ts'
import { loadPackages, type Packages } from './packages.ts'

/** Never sleeps longer than a second between two tries: the core waits ten for an answer. */
const retryDelayMs = (times: number): number => Math.min(1_000, 20 * 2 ** Math.min(times, 6))

/** One connection to Redis, and BullMQ's queues on it. */
export class Link {
  readonly settings: Settings
  readonly packages: Packages
  readonly redis: Redis
  /** How often the connection broke: an answer from across a break may be that of a repeated command. */
  breaks = 0
  readonly #readers = new Map<string, Queue>()
  readonly #writers = new Map<string, Promise<Queue>>()

  #opened = false
  /** What ioredis said of the newest failure. */
  #trouble: Error | undefined

  private constructor(settings: Settings, packages: Packages) {
    this.settings = settings
    this.packages = packages
    this.redis = new packages.ioredis.Redis({
      ...settings.redis,
      lazyConnect: true,
      // What BullMQ needs of a connection: a command waits for it, however long that takes, and answers have the shape of old.
      maxRetriesPerRequest: null,
      replyMapping: 'legacy',
      // To open fails now rather than later; afterwards a connection is worth every patience.
      retryStrategy: (times) => (this.#opened ? retryDelayMs(times) : null),
    })
    // ioredis tells of every failed try; a driver does not log, and each call says by itself what became of it.
    this.redis.on('error', (error: Error) => (this.#trouble = error))
    this.redis.on('close', () => this.breaks++)
  }

  /** @throws FW_DRIVER_MISSING, FW_CONNECT_FAILED */
  static async open(settings: Settings): Promise<Link> {
    const link = new Link(settings, await loadPackages())
    const deadline = { verb: 'open', timeoutMs: defaults.callTimeoutMs }
    try {
      await answered(settings.env, deadline, link.redis.connect())
      await answered(settings.env, deadline, link.redis.ping())
      link.#opened = true
      return link
    } catch (error) {
      link.redis.disconnect()
      throw link.#unreachable(link.#trouble ?? error)
    }
  }

  #unreachable(cause: unknown): FiberWorkError {
    const known = toFiberWorkError(cause, this.settings.place)
    if (known.code === 'FW_CONNECT_FAILED') return known
    const says = redactUrls(cause instanceof Error ? cause.message : String(cause))
    return new FiberWorkError('FW_CONNECT_FAILED', `Redis at ${this.settings.place} cannot be reached: ${says}`, {
      cause,
    })
  }

  /** To look at a queue: nothing is written by that, also where the queue does not exist. */
  queue(name: string): Queue {
    const known = this.#readers.get(name)
    if (known !== undefined) return known
    const queue = this.#make(name, true)
    this.#readers.set(name, queue)
    return queue
  }

  /** To add to a queue: it is known to BullMQ, and to `queueNames`, from then on. */
  writer(name: string): Promise<Queue> {
    const known = this.#writers.get(name)
    if (known !== undefined) return known
    const queue = this.#make(name, false)
    const ready = queue.getVersion().then(() => queue)
    this.#writers.set(name, ready)
    return ready
  }

  worker(name: string, session: string): Worker {
    const { settings, packages, redis } = this
    const worker = new packages.bullmq.Worker(name, null, {
      connection: redis,
      prefix: settings.prefix,
      name: session,
      autorun: false,
      lockDuration: settings.leaseMs,
      stalledInterval: Math.max(1, Math.ceil(settings.leaseMs / 2)),
      // The core's probation decides when a job has crashed too often; BullMQ's own count of one would fail innocents.
      maxStalledCount: 1_000,
    })
    worker.on('error', () => {})
    return worker
  }

  /** Every queue of this prefix: BullMQ keeps no list of them, so that the keys are scanned. */
  async queueNames(): Promise<string[]> {
    const { prefix } = this.settings
    const escaped = prefix.replace(/[*?[\]\\^-]/g, '\\$&')
    const names = new Set<string>()
    for (let cursor = '0', more = true; more; more = cursor !== '0') {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', `${escaped}:*:meta`, 'COUNT', 1_000)
      for (const key of keys) {
        const name = key.slice(prefix.length + 1, -':meta'.length)
        if (name !== '' && !name.includes(':')) names.add(name)
      }
      cursor = next
    }
    return [...names].toSorted()
  }

  async close(): Promise<void> {
    const writers = await Promise.allSettled(this.#writers.values())
    const queues = writers.flatMap((settled) => (settled.status === 'fulfilled' ? [settled.value] : []))
    await Promise.allSettled([...queues, ...this.#readers.values()].map((queue) => queue.close()))
    await this.redis.quit().catch(() => this.redis.disconnect())
  }

  #make(name: string, skipMetasUpdate: boolean): Queue {
    if (name.includes(':')) throw new FiberWorkError('FW_NAME_INVALID', `"${name}": BullMQ takes no : in a queue name.`)
    const { Queue } = this.packages.bullmq
    const queue = new Queue(name, { connection: this.redis, prefix: this.settings.prefix, skipMetasUpdate })
    queue.on('error', () => {})
    return queue
  }
}
