import type { Env } from '../../src/base/env.ts'
import type { Call, Demand, Reservation, Reserved, Want } from '../../src/contract/index.ts'
import type { Asked, RedisDriver } from './driver.ts'
import { inTurn, receiptOfShard, sharesOf } from './sharded-route.ts'
import { together } from './sharded-together.ts'

/** Lanes of the shards below this are the core's; above it stand the questions of its reserves, a thousand for each further one. */
const lanesOfQuestions = 1_000

/** One shard, as one reserve sees it. */
interface Part {
  shard: number
  driver: RedisDriver
  /** Questions that have a record there. */
  recorded: number
  /** Queues that gave less than they were asked for. */
  spent: Set<string>
  got: Reservation[]
  more?: Asked['more']
}

interface Question {
  part: Part
  call: Call
  demand: Demand[]
  limit: number
}

/**
 * One reserve over all shards. Each is asked for its share, and those that could give all of it for what is left: all together never
 * give more than was wanted. When nobody has anything, it waits on all of them at once.
 */
export class ShardedReserve {
  readonly #env: Env
  readonly #call: Call
  readonly #want: Want
  readonly #parts: Part[]
  readonly #untilMonoMs: number
  readonly #broken: string[] = []
  readonly #left: Map<string, number>
  #limit: number
  /** Asked, and not answered: the call of that shard failed. */
  #open: Question[] = []

  /** `turn` is whom to ask first, so that no shard comes before the others for ever. */
  constructor(env: Env, shards: readonly RedisDriver[], turn: number, call: Call, want: Want) {
    this.#env = env
    this.#call = call
    this.#want = want
    this.#parts = shards.map((_, i) => {
      const shard = (i + turn) % shards.length
      return { shard, driver: shards[shard]!, recorded: 0, spent: new Set(), got: [] }
    })
    this.#untilMonoMs = env.monoMs() + want.waitMs
    this.#limit = want.limit
    this.#left = new Map()
    for (const { queue, limit } of want.demand) this.#left.set(queue, (this.#left.get(queue) ?? 0) + limit)
  }

  /** After a failure: once more, and nothing is taken twice. */
  async run(): Promise<Reserved> {
    await this.#ask(this.#open)
    for (;;) {
      const questions = this.#round()
      if (questions.length > 0) {
        await this.#ask(questions)
        continue
      }
      if (this.#hasSome || this.#leftMs === 0 || !(await this.#wait())) {
        // In turn, so that nobody starts behind all that a shard had of somebody else.
        return { jobs: inTurn(this.#parts.map(({ got }) => got)), broken: this.#broken }
      }
    }
  }

  get #hasSome(): boolean {
    return this.#parts.some(({ got }) => got.length > 0) || this.#broken.length > 0
  }

  get #leftMs(): number {
    return this.#want.signal.aborted ? 0 : Math.max(0, Math.ceil(this.#untilMonoMs - this.#env.monoMs()))
  }

  /** Everybody who may have something is asked for a share of what is left. */
  #round(): Question[] {
    const wanted = (part: Part) => [...this.#left].filter(([queue, left]) => left > 0 && !part.spent.has(queue))
    const ended = this.#limit === 0 || this.#want.signal.aborted
    const parts = ended ? [] : this.#parts.filter((part) => wanted(part).length > 0)
    const shares = sharesOf(this.#limit, Math.max(1, parts.length))
    const demands = new Map(parts.map((part): [Part, Demand[]] => [part, []]))
    for (const [queue, left] of this.#left) {
      const givers = left > 0 ? parts.filter(({ spent }) => !spent.has(queue)) : []
      for (const [i, limit] of sharesOf(left, Math.max(1, givers.length)).entries()) {
        if (limit > 0 && givers[i] !== undefined) demands.get(givers[i])!.push({ queue, limit })
      }
    }
    return parts.flatMap((part, i) => {
      const [demand, limit] = [demands.get(part)!, shares[i]!]
      return limit > 0 && demand.length > 0 ? [{ part, call: this.#callOf(part), demand, limit }] : []
    })
  }

  #callOf({ recorded }: Part): Call {
    return { lane: (recorded + 1) * lanesOfQuestions + this.#call.lane, seq: this.#call.seq }
  }

  async #ask(questions: Question[]): Promise<void> {
    // Whoever has got something already does not wait for more.
    const waitMs = this.#hasSome ? 0 : this.#leftMs
    this.#open = [...questions]
    await together(
      questions.map(async (question) => {
        const { part, call, demand, limit } = question
        const asked = await part.driver.ask(call, demand, limit, waitMs)
        this.#open.splice(this.#open.indexOf(question), 1)
        this.#take(question, asked, waitMs)
      }),
    )
  }

  #take({ part, demand, limit }: Question, { reserved, more }: Asked, waitMs: number): void {
    const { jobs, broken } = reserved
    const some = jobs.length > 0 || broken.length > 0
    // With a wait and nothing there it has no record, and the same call may ask again.
    if (some || waitMs === 0) part.recorded++
    if (waitMs > 0) part.more = more
    const counts = new Map<string, number>()
    for (const loan of jobs) {
      counts.set(loan.job.queue, (counts.get(loan.job.queue) ?? 0) + 1)
      loan.receipt = receiptOfShard(part.shard, loan.receipt)
      part.got.push(loan)
    }
    this.#broken.push(...broken)
    this.#limit -= jobs.length
    for (const { queue, limit: asked } of demand) {
      const got = counts.get(queue) ?? 0
      this.#left.set(queue, this.#left.get(queue)! - got)
      if (got < asked && jobs.length < limit) part.spent.add(queue)
    }
  }

  /** Until a shard may have something, which is then asked again; false when the wait is over. */
  async #wait(): Promise<boolean> {
    const { signal } = this.#want
    const leftMs = this.#leftMs
    const waits = this.#parts.flatMap((part) => (part.more === undefined ? [] : [{ part, more: part.more }]))
    if (waits.length === 0) return false
    const stop = new AbortController()
    const end = () => stop.abort()
    signal.addEventListener('abort', end, { once: true })
    try {
      const woken = await Promise.race(waits.map(({ part, more }) => more(leftMs, stop.signal).then(() => part)))
      woken.spent.clear()
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
    return this.#leftMs > 0
  }
}
