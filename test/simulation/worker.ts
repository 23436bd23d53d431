import type { Report } from '../../src/contract/driver.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { EngineOptions } from '../../src/engine/options.ts'
import { Registry } from '../../src/job/registry.ts'
import { SimGuardian } from './guardian.ts'
import { handlersOf } from './handlers.ts'
import { Loop } from './loop.ts'
import type { WiredDriver } from './network.ts'
import type { JobPlan, WorkerPlan } from './plan.ts'
import type { SimProcess } from './process.ts'
import { Random } from './random.ts'
import type { Run } from './runs.ts'
import type { World } from './world.ts'

/** Between the end of a process and its successor. */
const restartMs = { min: 50, max: 1_500 }
/** What a stop may take on top of its grace: verdicts that are still written down, the farewell, a store that is silent. */
const stopSlackMs = 20_000
/** A process that should have ended by now is killed by its supervisor. */
const killMs = 10_000
/** What clocks that drift may make of a lease. */
const leaseSlackMs = 10

/** One worker process: the real engine on simulated time, over a simulated wire. */
export class SimWorker {
  readonly name: string
  readonly process: SimProcess
  readonly loop: Loop
  readonly guardian: SimGuardian | undefined
  readonly driver: WiredDriver
  readonly engine: Engine
  readonly slot: Slot
  readonly knowsAll: boolean
  readonly #world: World
  readonly #running = new Set<Run>()
  /** The most that may run: lowered only when what was asked for under the old number must have come. */
  concurrencyMax: number
  /** The job that took its process along. */
  diedOf: string | undefined
  /** Of each of its sessions: when the last renewal came about of which it knows. */
  readonly #keptAtMs = new Map<string, number>()
  /** How often it was asked to stop; twice means now. */
  stops = 0

  constructor(world: World, slot: Slot, name: string, knowsAll: boolean) {
    this.name = name
    this.slot = slot
    this.knowsAll = knowsAll
    this.#world = world
    this.process = world.process(name)
    this.loop = new Loop(this.process, world.clock, new Random(world.seed, `loop of ${name}`))
    const { guardian } = world.plan
    this.guardian = guardian === undefined ? undefined : new SimGuardian(world, this, guardian)
    this.concurrencyMax = slot.plan.concurrency
    this.driver = this.#listening(world.wire(this.process))
    this.engine = new Engine(this.#options(knowsAll))
  }

  /** The handler of one more run has begun. */
  started(run: Run): void {
    this.#world.onRun(this)
    this.#checkLease(run)
    this.#running.add(run)
    for (const one of this.#running) if (one.verdict !== undefined) this.#running.delete(one)
    if (this.#running.size > this.concurrencyMax)
      this.#world.fail(`${this.name} runs ${this.#running.size} jobs, and its concurrency is ${this.concurrencyMax}`)
    const { queue } = run.plan
    const most = this.#world.plan.shares[queue]?.concurrency ?? Infinity
    const here = [...this.#running].filter(({ plan }) => plan.queue === queue).length
    if (here > most) this.#world.fail(`${this.name} runs ${here} jobs of ${queue}, and its share is ${most}`)
  }

  /** The store has renewed the lease, and this process knows it. */
  leaseKept(session: string, atMs: number): void {
    this.#keptAtMs.set(session, Math.max(atMs, this.#keptAtMs.get(session) ?? 0))
  }

  /** What was on loan to a lease that has run out may run elsewhere: nothing begins that the process itself can know that of. */
  #checkLease({ plan, fiber }: Run): void {
    const { clock, plan: all, fail, shadow } = this.#world
    if (shadow.sessionOf.get(fiber.loan.receipt) !== fiber.worker)
      fail(`${this.name} starts ${plan.n} of a session that is over for it`)
    const agoMs = clock.nowMs - (this.#keptAtMs.get(fiber.worker) ?? -Infinity)
    if (agoMs > all.leaseMs * 1.001 + leaseSlackMs)
      fail(
        `${this.name} starts ${plan.n} ${Math.round(agoMs)} ms after its last renewal, with a lease of ${all.leaseMs} ms`,
      )
  }

  /** While the suspect that must run alone waits for others to end, each report says so. */
  #checkUnbegun({ unbegun = [] }: Report): void {
    const { alone } = this.engine.probation
    const isHeld = alone !== undefined && this.engine.roster.find([alone.receipt]).length === 0
    if (isHeld && this.engine.roster.size > 0 && !unbegun.includes(alone.receipt))
      this.#world.fail(`${this.name} holds a suspect back, and does not tell the store`)
  }

  get running(): Run[] {
    return [...this.#running].filter(({ verdict }) => verdict === undefined)
  }

  setConcurrency(concurrency: number): void {
    this.concurrencyMax = Math.max(this.concurrencyMax, concurrency)
    this.engine.setConcurrency(concurrency)
    this.process.later(60_000, 'fewer', () => (this.concurrencyMax = this.engine.concurrency))
  }

  /** The process is gone from one moment to the next. */
  crash(why: string, culprit?: JobPlan): Promise<never> {
    if (this.process.state === 'dead') return new Promise(() => {})
    if (culprit !== undefined) this.diedOf = `job ${culprit.n}, life ${this.#world.lives.get(culprit.n) ?? 0}`
    this.#world.trace.line(`${this.name} dies: ${why}`)
    this.#world.see('a crash')
    this.process.kill()
    this.slot.gone()
    return new Promise(() => {})
  }

  /** SIGTERM: the grace, then the process ends by itself and a successor comes. */
  async stop(graceMs: number): Promise<void> {
    const world = this.#world
    if (++this.stops === 2) world.see('a second SIGTERM')
    world.trace.line(
      `${this.name} is stopped with ${Math.round(graceMs)} ms of grace, ${this.engine.inFlight} in flight`,
    )
    const standing = this.process.stillMs
    this.process.later(graceMs + stopSlackMs, 'stop is late', () => {
      const late = this.engine.state !== 'stopped' && this.process.stillMs === standing
      if (late) world.fail(`${this.name} has not stopped ${stopSlackMs} ms after its grace of ${graceMs}`)
    })
    const released = await this.engine.stop('a deploy', graceMs)
    if (released > 0) world.see('a stop that gives jobs back')
    world.trace.line(`${this.name} has stopped, ${released} released`)
    this.loop.thread.later(killMs, 'SIGKILL', () => void this.crash('it did not end by itself'))
    await this.guardian?.end()
    this.process.later(2, 'exit', () => this.#exit())
  }

  /** After `stop()` nothing of it is left, so that the process ends by itself. */
  #exit(): void {
    const { engine, process, name } = this
    if (engine.inFlight > 0) this.#world.fail(`${name} has stopped and ${engine.inFlight} fibers run`)
    if (this.loop.thread.timers > 0) this.#world.fail(`${name} has stopped and its guardian has timers`)
    if (process.timers > 0) this.#world.fail(`${name} has stopped and ${process.timers} of its timers are set`)
    for (const { verdict, over, plan } of this.#running) {
      if (verdict === undefined)
        this.#world.fail(`${name} has stopped and its run of ${plan.n} has no verdict (over: ${over !== undefined})`)
    }
    process.kill()
    this.slot.gone()
  }

  /** Notes what is heard of the lease. */
  #listening(driver: WiredDriver): WiredDriver {
    const { clock } = this.#world
    const [open, beat] = [driver.open.bind(driver), driver.beat.bind(driver)]
    driver.open = async () => {
      const opened = await open()
      this.leaseKept(opened.session, clock.nowMs)
      return opened
    }
    driver.beat = async (report) => {
      const { session } = this.engine
      this.#checkUnbegun(report)
      const pulse = await beat(report)
      if (report.renew && pulse.session === 'alive') this.leaseKept(session, clock.nowMs)
      return pulse
    }
    return driver
  }

  #options(knowsAll: boolean): EngineOptions {
    const { plan } = this.#world
    const { concurrency, beatMs, graceMs } = this.slot.plan
    const stress = this.#world.stress
    return {
      env: this.process.env,
      driver: this.driver,
      ...(this.guardian && { guard: this.guardian }),
      registry: new Registry(handlersOf(this.#world, this, knowsAll)),
      concurrency,
      queues: plan.shares,
      middleware: [],
      http: {} as EngineOptions['http'],
      sentries: [],
      load: { loopDelayMs: () => (stress() ? 400 : 0), memoryUsed: () => (stress() ? 0.9 : 0.2) },
      leaseMs: plan.leaseMs,
      beatMs: Math.min(beatMs, plan.leaseMs / 3),
      graceMs,
      stuckMs: plan.stuckMs,
      startSliceMs: plan.startSliceMs,
      bodyBytesMax: 100_000,
      resultBytesMax: 1_000,
      about: () => '{}',
    }
  }
}

/** A place for one worker: its supervisor starts the next process when one is gone. */
export class Slot {
  readonly plan: WorkerPlan
  worker: SimWorker | undefined
  knowsAll: boolean
  /** Nobody is started any more. */
  closed = false
  readonly #world: World
  readonly #number: number
  #incarnations = 0

  constructor(world: World, plan: WorkerPlan, number: number, knowsAll: boolean) {
    this.#world = world
    this.plan = plan
    this.#number = number
    this.knowsAll = knowsAll
  }

  boot(): void {
    if (this.closed || this.worker !== undefined) return
    const name = `w${this.#number}.${++this.#incarnations}`
    const worker = new SimWorker(this.#world, this, name, this.knowsAll)
    this.worker = worker
    this.#world.workers.set(name, worker)
    this.#world.trace.line(`${name} starts (${this.knowsAll ? 'new' : 'old'} build)`)
    worker.process.later(0, 'start', () => {
      const { engine } = worker
      engine.open().then(
        () => engine.start(),
        () => worker.crash('it could not start'),
      )
    })
  }

  gone(): void {
    this.worker = undefined
    const afterMs = this.#world.random.between(restartMs.min, restartMs.max)
    this.#world.clock.schedule(afterMs, 'restart', () => this.boot())
  }
}
