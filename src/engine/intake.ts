import { Bell } from '../base/bell.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import { type Env, sleep } from '../base/env.ts'
import type { Lanes } from '../base/lanes.ts'
import type { Demand, Driver, Reservation, Reserved } from '../contract/driver.ts'
import { isFiberWorkError } from '../contract/errors.ts'
import type { DemandPlan } from './demand.ts'

const waitMs = 5_000
const batchMax = 500
/** With few slots free of many it pays to wait a moment for more: one call then fills them all. At most so long. */
const gatherMs = 5
/**
 * Jobs that come a few at a time, as fast as the store can be asked: asking a thousand times a second at most
 * costs each of them half a millisecond, and leaves the store its time for whoever enqueues them.
 */
const trickle = { jobsMin: 2, jobsMax: 100, answeredMs: 3, pauseMs: 1 }
/** Two for reserves, and as many for the verdicts, which must not wait for them. */
const lanesBesideMin = 4

/** Why a wait has ended. One for all: each `abort()` without a reason makes an exception, which costs what five jobs cost. */
const over = new Error('There is a reason to look again.')

export interface IntakePorts {
  env: Env
  driver: Driver
  plan: DemandPlan
  lanes: () => Lanes
  session: () => string
  patienceMs: number
  /** Slots that may be filled now. */
  free: () => number
  concurrency: () => number
  running: (queue: string) => number
  take: (loans: Reservation[]) => void
  /** The store says that the session is over. */
  revoked: () => void
}

/** A question to the store: what it may give in all, and of which queues. */
interface Wanted {
  demand: Demand[]
  limit: number
  /** Nobody else may have anything: then it is worth waiting. */
  all: boolean
}

/**
 * The loop that reserves: never more than can run, as many as possible in one call, waiting inside the store. While whole batches
 * come, a second call goes beside it: the store works on the next one while this process runs the one before.
 */
export class Intake {
  readonly #ports: IntakePorts
  readonly #bell = new Bell()
  #stopped = false
  #held = 0
  #whenHeld: (() => void)[] = []
  #abort: AbortController | undefined
  #underWay = 0
  /** What the calls under way may bring: in all, and of each queue. */
  #coming = 0
  readonly #comingOf = new Map<string, number>()
  /** The last answer was a whole batch: there is more where it came from. */
  #plenty = false
  #beside: Promise<void> | undefined
  #asked: Set<string> | undefined
  /** While it gathers: ended when there is enough. */
  #enough: AbortController | undefined
  #loop: Promise<void> | undefined
  /** When the store last answered, on the monotonic clock: health looks at it. */
  answeredMonoMs: number
  /** When a job was last taken, on the monotonic clock. */
  tookMonoMs: number

  constructor(ports: IntakePorts) {
    this.#ports = ports
    this.answeredMonoMs = ports.env.monoMs()
    this.tookMonoMs = this.answeredMonoMs
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** Slots or queues have changed: look again. `now` also ends a wait in the store that was begun with other numbers. */
  wake(now = false): void {
    this.#bell.ring()
    if (now) this.#abort?.abort(over)
  }

  /** A slot of this queue is free: a wait in the store that left it out, because it had no room then, is ended. */
  freed(queue: string): void {
    this.#bell.ring()
    if (this.#enough !== undefined && this.#free >= this.#few) this.#enough.abort(over)
    if (this.#asked?.has(queue) === false) this.#abort?.abort(over)
    if (this.#plenty) this.#fetchBeside()
  }

  /** Take nothing more. What a call under way still brings is handed on before this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.wake(true)
    await this.#loop
    await this.#beside
  }

  /** Run something while no call that could bring jobs is under way. */
  async hold<A>(run: () => Promise<A>): Promise<A> {
    this.#held++
    this.wake(true)
    try {
      if (this.#underWay > 0) await new Promise<void>((resolve) => this.#whenHeld.push(resolve))
      return await run()
    } finally {
      this.#held--
      this.wake()
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const wanted = this.#wanted(1)
      if (wanted === undefined) {
        await this.#bell.wait()
        await this.#gather()
      } else {
        await this.#reserve(wanted)
      }
    }
  }

  /** What may be asked for now; nothing when that is less than `least`. */
  #wanted(least: number): Wanted | undefined {
    const { plan, running } = this.#ports
    const limit = this.#held > 0 ? 0 : Math.min(this.#free, this.#batchMax())
    if (limit < least) return undefined
    const demand = plan.share(limit, (queue) => running(queue) + (this.#comingOf.get(queue) ?? 0))
    return demand.length === 0 ? undefined : { demand, limit, all: plan.asksAll }
  }

  /** Slots that nobody is on his way to. */
  get #free(): number {
    return this.#ports.free() - this.#coming
  }

  async #reserve(wanted: Wanted): Promise<void> {
    const { env } = this.#ports
    const abort = (this.#abort = new AbortController())
    const askedMonoMs = env.monoMs()
    this.#asked = new Set(wanted.demand.map(({ queue }) => queue))
    const taken = this.#take(wanted, wanted.all ? waitMs : 0, abort.signal)
    if (this.#plenty) this.#fetchBeside()
    // The store is given a moment before it is asked anew; whoever stops or holds the intake ends that moment.
    const count = await taken
    if (count === undefined) await sleep(env, 500 + 500 * env.random(), abort.signal, 'idle')
    else if (count < wanted.limit && isTrickle(count, env.monoMs() - askedMonoMs))
      await sleep(env, trickle.pauseMs, abort.signal)
    else await this.#gather()
    this.#abort = undefined
  }

  /** One more whole batch, if there is room for it; it is not waited for. */
  #fetchBeside(): void {
    if (this.#beside !== undefined || this.#underWay === 0 || this.#stopped) return
    if (this.#ports.driver.traits.lanesMax < lanesBesideMin) return
    const wanted = this.#wanted(this.#batchMax())
    if (wanted === undefined) return
    this.#beside = this.#take(wanted, 0, new AbortController().signal).then(() => {
      this.#beside = undefined
      this.#bell.ring()
    })
  }

  /** Asks, and hands on what comes; answers how many, or nothing when the store did not answer. */
  async #take(wanted: Wanted, waitMs: number, signal: AbortSignal): Promise<number | undefined> {
    const { env, driver, lanes, patienceMs } = this.#ports
    const options = {
      verb: 'reserve',
      timeoutMs: waitMs + defaults.callTimeoutMs,
      untilMonoMs: env.monoMs() + patienceMs,
    }
    const session = this.#ports.session()
    this.#comes(wanted, 1)
    const reserved = await lanes()
      .call(options, (call) => driver.reserve(call, { demand: wanted.demand, limit: wanted.limit, waitMs, signal }))
      .catch((error: unknown) => this.#failed(error, session))
    this.#comes(wanted, -1)
    if (reserved !== undefined) this.#took(wanted, reserved)
    this.#plenty = reserved !== undefined && reserved.jobs.length === wanted.limit && wanted.limit === this.#batchMax()
    if (this.#underWay === 0) for (const wake of this.#whenHeld.splice(0)) wake()
    return reserved?.jobs.length
  }

  #comes({ demand, limit }: Wanted, by: 1 | -1): void {
    this.#underWay += by
    this.#coming += by * limit
    for (const { queue, limit: most } of demand) {
      this.#comingOf.set(queue, (this.#comingOf.get(queue) ?? 0) + by * most)
    }
  }

  /** The lanes have told what failed; a session that was taken back need not wait for its next beat to hear of it. */
  #failed(error: unknown, session: string): undefined {
    const revoked = isFiberWorkError(error) && error.code === 'FW_LEASE_REVOKED'
    if (revoked && session === this.#ports.session()) this.#ports.revoked()
  }

  #took({ demand, limit }: Wanted, reserved: Reserved): void {
    const { env, plan, take, session } = this.#ports
    this.answeredMonoMs = env.monoMs()
    for (const id of reserved.broken) emit('job.broken', () => ({ worker: session(), id }))
    const counts = new Map<string, number>()
    for (const { job } of reserved.jobs) counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1)
    plan.learn(demand, limit, counts)
    if (reserved.jobs.length === 0) return
    this.tookMonoMs = this.answeredMonoMs
    take(reserved.jobs)
  }

  /** One turn of the loop, so that fibers that end together free their slots together; a moment more while that is few. */
  async #gather(): Promise<void> {
    const { env } = this.#ports
    // A whole batch more: it is fetched while this one runs.
    if (this.#free >= this.#batchMax()) return
    await new Promise<void>((resolve) => env.immediate(resolve))
    if (this.#stopped || this.#free <= 0 || this.#free >= this.#few) return
    this.#enough = new AbortController()
    await sleep(env, gatherMs, this.#enough.signal)
    this.#enough = undefined
  }

  /** Fewer free slots than this are not worth a call of their own, if others come free in a moment. */
  get #few(): number {
    return Math.min(this.#batchMax() / 2, Math.floor(this.#ports.concurrency() / 4))
  }

  #batchMax(): number {
    return Math.min(batchMax, this.#ports.driver.traits.batchMax)
  }
}

function isTrickle(jobs: number, answeredMs: number): boolean {
  return jobs >= trickle.jobsMin && jobs < trickle.jobsMax && answeredMs < trickle.answeredMs
}
