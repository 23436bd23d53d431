import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { sleep } from '../base/env.ts'
import type { Snapshot, WorkerState } from '../contract/dashboard.ts'
import type { Driver } from '../contract/driver.ts'
import type { Health } from '../contract/health.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { MetricFamily } from '../contract/metrics.ts'
import { defaults } from '../base/defaults.ts'
import { Engine } from '../engine/engine.ts'
import { isRenewed } from '../engine/lease.ts'
import type { EngineOptions } from '../engine/options.ts'
import type { Schedule } from '../cron/schedule.ts'
import type { Ticker } from '../cron/ticker.ts'
import { Guardian } from '../guardian/guardian.ts'
import { sendCanary } from '../isolation/context/canary.ts'
import type { Producer } from '../producer/producer.ts'
import { upstreams } from '../limiter/process-upstreams.ts'
import type { WorkerMetrics } from '../observe/metrics/worker-metrics.ts'
import { Stats } from '../observe/stats.ts'
import { Balancer } from './balancer.ts'
import { healthOf } from './health.ts'
import { guardProcess } from './guard.ts'
import { declareLimits } from './limits.ts'
import { metricsOf } from './metrics.ts'
import { checkNeeds } from './needs.ts'
import type { ProcessProbe } from './probe.ts'
import { startSchedules } from './schedules.ts'
import { snapshots } from './snapshot.ts'
import { prepareUpkeep, type UpkeepOptions } from './upkeep.ts'
import { shareUpstreams } from './upstreams.ts'
import { type Watches, watchesOf } from './watches.ts'

export interface WorkerParts {
  env: Env
  driver: Driver
  engine: EngineOptions
  /** Ends the threads that handlers run in. */
  endLane?: () => Promise<void>
  /** The thread that renews the lease; false for none. */
  guardian: { blockMsMax: number; stallMsMax: number } | false
  probe: ProcessProbe
  /** Those that the code declares, and who enqueues the runs of all. */
  schedules: { declared: readonly Schedule[]; producer: Producer }
  /** What is done beside, with the client's driver. */
  upkeep: { driver: Driver } & UpkeepOptions
  /** Without its password. */
  url: string
  version: string
  /** Own the process: blame, exit traps, the binding of `fetch`. Off in a library, on in the CLI. */
  ownProcess: boolean
  /** Look at the start whether this process keeps jobs apart (`context.lost`). */
  bootCanary: boolean
  /** Binds a plain `fetch` to the job that calls it; answers the undo. */
  bindFetch: () => () => void
  isolation: Isolation
  /** Count for `metrics()` from the start. */
  metrics: boolean
}

const idlePollMs = 20

/** Runs handlers. Made by `client.work()`. */
export class Worker implements AsyncDisposable {
  readonly #engine: Engine
  readonly #parts: WorkerParts
  readonly #guardian: Guardian | undefined
  readonly #stats: Stats
  readonly #metrics: WorkerMetrics
  readonly #watches: Watches
  readonly #balancer: Balancer
  readonly #startedAtMs: number
  /** Resolves when the worker has stopped, whoever stopped it: `stop()`, or an uncaught exception. */
  readonly ended: Promise<void>
  readonly #end: () => void
  #release: () => void = () => {}
  #snapshot: (() => Promise<Snapshot>) | undefined
  #unshare: () => void = () => {}
  #ticker: Ticker | undefined
  #endUpkeep: (() => Promise<void>) | undefined
  #condemned: { error: unknown } | undefined

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#guardian = this.#makeGuardian()
    this.#watches = watchesOf(parts.isolation, {
      env: parts.env,
      registry: parts.engine.registry,
      owns: (fiber) => this.#engine.roster.of(fiber) !== undefined,
      session: () => this.#engine.session,
      ownsProcess: parts.ownProcess,
    })
    this.#engine = new Engine({
      ...parts.engine,
      sentries: [...parts.engine.sentries, ...this.#watches.sentries],
      ...(this.#guardian && { guard: this.#guardian }),
    })
    this.#stats = new Stats(parts.env, (session) => session === this.#engine.session)
    this.#balancer = new Balancer(parts.env, parts.driver, this.#engine)
    this.#startedAtMs = parts.env.nowMs()
    this.#metrics = metricsOf(this.#engine, parts, this.#startedAtMs)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#end = resolve
  }

  async start(): Promise<this> {
    const { env, driver, engine, probe, schedules, ownProcess, bootCanary, bindFetch } = this.#parts
    checkNeeds(driver, engine.registry.all())
    const beginUpkeep = this.#prepareUpkeep()
    probe.start()
    await driver.prepare()
    await this.#engine.open()
    if (this.#parts.metrics) {
      this.#metrics.start()
      // Whoever is scraped is looked at as well: a dashboard is to see what was before it was opened.
      this.#stats.attach()
    }
    for (const message of driver.warnings ?? []) emit('store.warned', () => ({ worker: this.session, message }))
    await declareLimits(driver, engine.registry.queues)
    if (driver.ledger !== undefined) this.#unshare = await shareUpstreams(env, driver.ledger, upstreams)
    if (bootCanary) void sendCanary(this.session)
    this.#engine.start()
    this.#balancer.start()
    this.#ticker = await startSchedules(env, driver, schedules, engine.keys)
    if (ownProcess) this.#release = guardProcess(this.#engine, (error) => this.#condemn(error), bindFetch)
    this.#watches.start()
    this.#endUpkeep = beginUpkeep()
    return this
  }

  /** `host:pid:nonce` of its presence in the store. */
  get session(): string {
    return this.#engine.session
  }
  get state(): WorkerState {
    return this.#engine.state
  }
  get running(): number {
    return this.#engine.roster.size
  }
  get concurrency(): number {
    return this.#engine.concurrency
  }
  get queues(): string[] {
    return this.#engine.queues
  }
  /** The uncaught error after which this process must restart, if there was one; it may be anything, `undefined` too. */
  get condemnedBy(): { error: unknown } | undefined {
    return this.#condemned
  }

  setConcurrency(concurrency: number): void {
    this.#engine.setConcurrency(concurrency)
  }
  /** A queue that was balanced is not any more: it has what it was given. */
  setQueueConcurrency(queue: string, concurrency: number): void {
    this.#balancer.leave(queue)
    this.#engine.setQueueConcurrency(queue, concurrency)
  }
  /** This worker takes nothing more; what runs goes on. To pause a queue for all workers: `client.pause`. */
  pause(): void {
    this.#engine.pause()
  }
  resume(): void {
    this.#engine.resume()
  }
  /** Look at the schedules now: one was set or changed in this process. */
  wakeSchedules(): void {
    this.#ticker?.wake()
  }
  health(): Promise<Health> {
    return healthOf(this.#engine)
  }

  /**
   * Resolves when nothing of this worker's queues is ready and nothing runs here. Delayed jobs (retries among them) are
   * not waited for unless `delayed` is set.
   */
  async idle({ delayed = false }: { delayed?: boolean } = {}): Promise<void> {
    const { env, driver } = this.#parts
    while (this.#engine.state !== 'stopped') {
      if (this.#engine.inFlight === 0 && this.#engine.settler.pending === 0) {
        const depths = await driver.depth(this.#engine.queues)
        const quiet = depths.every((depth) => depth.ready + depth.running + (delayed ? depth.delayed : 0) === 0)
        if (quiet && this.#engine.inFlight === 0) return
      }
      await sleep(env, idlePollMs)
    }
  }

  /**
   * Stop claiming, let jobs end within the grace (25 s by default), release what is unfinished without burning an attempt.
   * Answers how many were given back. A second call means now.
   */
  async stop({ graceMs, reason = 'stop() was called' }: { graceMs?: number; reason?: string } = {}): Promise<number> {
    try {
      const [released] = await Promise.all([
        this.#engine.stop(reason, graceMs),
        this.#ticker?.stop(),
        this.#balancer.end(),
      ])
      return released
    } finally {
      await this.#parts.endLane?.()
      // The last verdicts are in its history.
      await this.#endUpkeep?.()
      // Leases are renewed until the end.
      await this.#guardian?.end()
      this.#watches.end()
      this.#release()
      this.#unshare()
      this.#stats.detach()
      this.#metrics.end()
      this.#parts.probe.end()
      this.#end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Everything that a dashboard shows of this worker, at this moment. Counting begins with the first call. */
  snapshot(): Promise<Snapshot> {
    this.#stats.attach()
    const { driver, probe, url, version } = this.#parts
    const own = { engine: this.#engine, stats: this.#stats, startedAtMs: this.#startedAtMs }
    this.#snapshot ??= snapshots({ ...own, driver, probe, url, version })
    return this.#snapshot()
  }

  /** What is counted of this worker and its process. Counting begins with the first call, or with the worker (`metrics: true`). */
  metrics(): MetricFamily[] {
    return this.#metrics.families()
  }

  #makeGuardian(): Guardian | undefined {
    const { env, driver, engine, guardian, ownProcess } = this.#parts
    if (guardian === false || !isRenewed(driver)) return undefined
    const budgets = engine.registry.all().map(({ options }) => options.blockMsMax ?? Infinity)
    return new Guardian({
      ...guardian,
      env,
      keeper: () => driver.keeper,
      leaseMs: engine.leaseMs,
      askMs: Math.min(guardian.blockMsMax, ...budgets),
      exitCode: ownProcess ? defaults.stalledExitCode : undefined,
      factsOf: (fiber) => {
        const handler = this.#engine.roster.of(fiber)?.handler
        return { source: handler?.source, blockMsMax: handler?.options.blockMsMax }
      },
      revoked: (session) => this.#engine.revoked(session),
    })
  }

  #prepareUpkeep(): () => () => Promise<void> {
    const { env, engine, upkeep } = this.#parts
    const isMine = (session: string) => session === this.#engine.session
    return prepareUpkeep({ env, driver: upkeep.driver, queues: Object.keys(engine.queues), isMine }, upkeep)
  }

  #condemn(error: unknown): void {
    // A second one while it drains is no second wish to stop, which would mean "now".
    if (this.#condemned !== undefined) return
    this.#condemned = { error }
    void this.stop({ reason: 'an uncaught exception; the process must restart' })
  }
}
