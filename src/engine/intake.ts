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

/** The loop that reserves: never more than can run, as many as possible in one call, waiting inside the store. */
export class Intake {
  readonly #ports: IntakePorts
  readonly #bell = new Bell()
  #stopped = false
  #held = 0
  #whenHeld: (() => void)[] = []
  #abort: AbortController | undefined
  #underWay = false
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
    if (now) this.#abort?.abort()
  }

  /** A slot of this queue is free: a wait in the store that left it out, because it had no room then, is ended. */
  freed(queue: string): void {
    this.#bell.ring()
    if (this.#enough !== undefined && this.#ports.free() >= this.#few) this.#enough.abort()
    if (this.#asked?.has(queue) === false) this.#abort?.abort()
  }

  /** Take nothing more. What a call under way still brings is handed on before this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.wake(true)
    await this.#loop
  }

  /** Run something while no call that could bring jobs is under way. */
  async hold<A>(run: () => Promise<A>): Promise<A> {
    this.#held++
    this.wake(true)
    try {
      if (this.#underWay) await new Promise<void>((resolve) => this.#whenHeld.push(resolve))
      return await run()
    } finally {
      this.#held--
      this.wake()
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const free = this.#held > 0 ? 0 : this.#ports.free()
      const demand = free > 0 ? this.#ports.plan.share(Math.min(free, this.#batchMax()), this.#ports.running) : []
      if (demand.length === 0) {
        await this.#bell.wait()
        await this.#gather()
      } else {
        await this.#reserve(demand, Math.min(free, this.#batchMax()))
      }
    }
  }

  async #reserve(demand: Demand[], limit: number): Promise<void> {
    const { env, driver, lanes, patienceMs } = this.#ports
    const abort = (this.#abort = new AbortController())
    const options = {
      verb: 'reserve',
      timeoutMs: waitMs + defaults.callTimeoutMs,
      untilMonoMs: env.monoMs() + patienceMs,
    }
    this.#asked = new Set(demand.map(({ queue }) => queue))
    const want = { demand, limit, waitMs, signal: abort.signal }
    const session = this.#ports.session()
    this.#underWay = true
    const reserved = await lanes()
      .call(options, (call) => driver.reserve(call, want))
      .catch((error: unknown) => this.#failed(error, session))
    if (reserved !== undefined) this.#took(demand, limit, reserved)
    this.#underWay = false
    for (const wake of this.#whenHeld.splice(0)) wake()
    // The store is given a moment before it is asked anew; whoever stops or holds the intake ends that moment.
    if (reserved === undefined) await sleep(env, 500 + 500 * env.random(), abort.signal, 'idle')
    else await this.#gather()
    this.#abort = undefined
  }

  /** The lanes have told what failed; a session that was taken back need not wait for its next beat to hear of it. */
  #failed(error: unknown, session: string): undefined {
    const revoked = isFiberWorkError(error) && error.code === 'FW_LEASE_REVOKED'
    if (revoked && session === this.#ports.session()) this.#ports.revoked()
  }

  #took(demand: Demand[], limit: number, reserved: Reserved): void {
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
    const { env, free } = this.#ports
    // A whole batch more: it is fetched while this one runs.
    if (free() >= this.#batchMax()) return
    await new Promise<void>((resolve) => env.immediate(resolve))
    if (this.#stopped || free() <= 0 || free() >= this.#few) return
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
