import { emit, on } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import type { Driver } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { QueueShare } from '../engine/options.ts'
import { balance, firstShares, type QueueLoad } from './balance.ts'

/** How often it looks, and moves something. */
const everyMs = 3_000
/** Of the average run time: how much the jobs of the last moments count against those before. */
const newest = 0.3

interface Line extends Pick<QueueLoad, 'queue' | 'min' | 'max' | 'weight' | 'share' | 'runMs'> {
  ended: number
  ranMs: number
}

/**
 * Moves slots of one worker between its queues that have `min` or `max`, by what waits in them. Each process does so by itself: all of them
 * see the same store. It looks at the store once in three seconds; without such a queue nothing of it exists.
 */
export class Balancer {
  readonly #env: Env
  readonly #driver: Driver
  readonly #engine: Engine
  readonly #lines = new Map<string, Line>()
  readonly #over = new AbortController()
  #unsubscribe: () => void = () => {}
  #loop: Promise<void> | undefined

  /** Throws `FW_CONFIG_INVALID` when the least that the queues are to have is more than there is. */
  constructor(env: Env, driver: Driver, engine: Engine) {
    this.#env = env
    this.#driver = driver
    this.#engine = engine
    // One slot cannot be shared out.
    if (engine.concurrency === 1) return
    for (const [queue, share] of Object.entries(engine.options.queues)) {
      if (isBalanced(share)) this.#lines.set(queue, lineOf(queue, share))
    }
    checkLeast([...this.#lines.values()], engine.concurrency)
  }

  start(): void {
    if (this.#lines.size === 0) return
    const first = firstShares(
      [...this.#lines.values()].map((line) => this.#bounded(line)),
      this.#engine.concurrency,
    )
    for (const line of this.#lines.values()) this.#set(line, line.share >= 0 ? line.share : first.get(line.queue)!)
    this.#unsubscribe = on('job.ended', ({ worker, queue, runMs }) => {
      const line = this.#lines.get(queue)
      if (line === undefined || worker !== this.#engine.session) return
      line.ended++
      line.ranMs += runMs
    })
    this.#loop = this.#run()
  }

  /** Somebody has set this one by hand: it stays as it was set. */
  leave(queue: string): void {
    this.#lines.delete(queue)
  }

  async end(): Promise<void> {
    this.#unsubscribe()
    this.#over.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#over
    for (;;) {
      await sleep(this.#env, everyMs, signal, 'idle')
      if (signal.aborted) return
      // A store that does not answer is told of elsewhere; shares stay as they are.
      await this.#look().catch(() => {})
    }
  }

  async #look(): Promise<void> {
    if (this.#lines.size === 0) return
    const depths = await this.#driver.depth([...this.#lines.keys()])
    const loads: QueueLoad[] = []
    for (const { queue, ready, paused, oldestReadyMs = 0 } of depths) {
      const line = this.#lines.get(queue)
      if (line === undefined) continue
      learn(line)
      const running = this.#engine.roster.running(queue)
      loads.push({
        ...this.#bounded(line),
        running,
        ready: paused ? 0 : ready,
        oldestReadyMs: paused ? 0 : oldestReadyMs,
      })
    }
    for (const [queue, share] of balance(loads, this.#engine.concurrency)) this.#set(this.#lines.get(queue)!, share)
  }

  /** No queue may have more than there is. */
  #bounded(line: Line): Line {
    const max = Math.min(line.max, this.#engine.concurrency)
    return { ...line, max, min: Math.min(line.min, max) }
  }

  #set(line: Line, share: number): void {
    const from = line.share
    line.share = share
    this.#engine.setQueueConcurrency(line.queue, share)
    if (from >= 0 && from !== share)
      emit('queue.balanced', () => ({ worker: this.#engine.session, queue: line.queue, from, to: share }))
  }
}

export function isBalanced({ min, max }: QueueShare): boolean {
  return min !== undefined || max !== undefined
}

/** A share below 0 is not known yet. */
function lineOf(queue: string, { min = 1, max = Infinity, weight = 1, concurrency = -1 }: QueueShare): Line {
  return { queue, min: Math.min(min, max), max, weight, share: concurrency, runMs: 0, ended: 0, ranMs: 0 }
}

function learn(line: Line): void {
  if (line.ended === 0) return
  const lately = line.ranMs / line.ended
  line.runMs = line.runMs === 0 ? lately : line.runMs * (1 - newest) + lately * newest
  line.ended = 0
  line.ranMs = 0
}

function checkLeast(lines: readonly Line[], slots: number): void {
  const least = lines.reduce((sum, { min }) => sum + min, 0)
  if (least <= slots) return
  throw new FiberWorkError(
    'FW_CONFIG_INVALID',
    `The queues are to have ${least} jobs at once at least (\`min\`: ${lines.map(({ queue, min }) => `${queue} ${min}`).join(', ')}), and the concurrency is ${slots}.`,
  )
}
