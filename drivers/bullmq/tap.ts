import type { Job, Worker } from 'bullmq'
import { type Env, sleep } from '../../src/base/env.ts'

/** The first look at a queue asks for this many; each full one is followed by one of twice the size. */
const firstMax = 16
const burstMax = 256
/** BullMQ leaves a marker behind that ends one wait for nothing; more such waits in a row mean a limit or a pause, to be waited for. */
const vainMax = 3
const pauseMs = 100

/** A job and the token in its lock. */
export interface Taken {
  job: Job
  token: string
}

/** What comes out of one queue: BullMQ's worker without a processor, asked by hand. */
export class Tap {
  readonly queue: string
  readonly #worker: Worker
  readonly #env: Env
  readonly #nextToken: () => string
  readonly #giveBack: (taken: Taken) => Promise<void>
  readonly #closing = new AbortController()
  #yield = firstMax
  #waiters = 0
  #caught: Taken[] = []
  #wait: Promise<void> | undefined
  /** How many stalled jobs BullMQ's check has put back, since it was last asked. */
  #stalled = 0
  /** Waits in a row that ended at once and brought nothing. */
  #vain = 0

  constructor(
    queue: string,
    worker: Worker,
    ports: { env: Env; nextToken: () => string; giveBack: (taken: Taken) => Promise<void> },
  ) {
    this.queue = queue
    this.#worker = worker
    this.#env = ports.env
    this.#nextToken = ports.nextToken
    this.#giveBack = ports.giveBack
    worker.on('stalled', () => this.#stalled++)
    // BullMQ's own way for those who fetch by hand: one check at once, then one each stalledInterval.
    void worker.startStalledCheckTimer()
  }

  takeStalled(): number {
    const stalled = this.#stalled
    this.#stalled = 0
    return stalled
  }

  /** At most `limit` jobs that are ready now. Several are asked for at once, on one connection, so that they come in order. */
  async take(limit: number): Promise<Taken[]> {
    const taken = this.caught(limit)
    for (let count = Math.min(this.#yield, limit); taken.length < limit && !this.#closing.signal.aborted;) {
      const asked = Math.min(count, limit - taken.length)
      const answers = await Promise.allSettled(Array.from({ length: asked }, () => this.#next(false)))
      const got = answers.flatMap((answer) => (answer.status === 'fulfilled' ? (answer.value ?? []) : []))
      taken.push(...got)
      const failed = answers.find((answer) => answer.status === 'rejected')
      if (failed !== undefined && taken.length === 0) throw failed.reason
      if (got.length < asked) break
      count = Math.min(burstMax, count * 2)
    }
    this.#yield = Math.max(firstMax, Math.min(burstMax, taken.length))
    return taken
  }

  /** Somebody waits for this queue, until `leave`. */
  join(): void {
    this.#waiters++
  }

  /** What a wait has brought and nobody took by now goes back. */
  leave(): void {
    this.#waiters--
    if (this.#waiters === 0) for (const taken of this.#caught.splice(0)) void this.#giveBack(taken)
  }

  /**
   * Resolves when there may be something to take, by BullMQ's own blocking wait. That cannot be broken off: it is shared with the
   * next who waits, and a job that it brings while nobody does goes back at once.
   */
  ready(): Promise<void> {
    return (this.#wait ??= this.#block().finally(() => (this.#wait = undefined)))
  }

  /** What a wait has brought. */
  caught(limit: number): Taken[] {
    return this.#caught.splice(0, limit)
  }

  /** Ends the wait. What it still brings goes back. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#worker.close(true)
    await this.#wait
    for (const taken of this.#caught.splice(0)) await this.#giveBack(taken)
  }

  async #block(): Promise<void> {
    const fromMonoMs = this.#env.monoMs()
    try {
      const taken = await this.#next(true)
      const vain = taken === undefined && this.#env.monoMs() - fromMonoMs < pauseMs / 2
      this.#vain = vain ? this.#vain + 1 : 0
      if (taken === undefined) return this.#vain > vainMax ? await this.#pause() : undefined
      if (this.#waiters === 0 || this.#closing.signal.aborted) await this.#giveBack(taken)
      else this.#caught.push(taken)
    } catch {
      // A broken connection: the next look at the queue says so.
      await this.#pause()
    }
  }

  async #next(block: boolean): Promise<Taken | undefined> {
    const token = this.#nextToken()
    const job = (await this.#worker.getNextJob(token, { block })) as Job | undefined
    return job === undefined ? undefined : { job, token }
  }

  #pause(): Promise<void> {
    return sleep(this.#env, pauseMs, this.#closing.signal)
  }
}
