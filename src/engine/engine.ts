import { emit, heard } from '../base/emit.ts'
import type { WorkerState } from '../contract/dashboard.ts'
import type { Reservation } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { Attempt } from './attempt.ts'
import { Beat } from './beat.ts'
import { DemandPlan } from './demand.ts'
import { errorOf, tellEnded } from './events.ts'
import { type Cut, Governor } from './governor.ts'
import { Intake } from './intake.ts'
import { isRenewed, Lease } from './lease.ts'
import type { EngineOptions } from './options.ts'
import { Orders } from './orders.ts'
import { Pace } from './pace.ts'
import { Presence } from './presence.ts'
import { Probation } from './probation.ts'
import { takeProgress } from './progress.ts'
import { Reopening } from './reopening.ts'
import { Roster } from './roster.ts'
import { Runner } from './run.ts'
import { Settler } from './settle.ts'
import { shutDown } from './shutdown.ts'
import { Solo } from './solo.ts'
import { Sweeper } from './sweep.ts'
import { releaseOfUnknown } from './unknown.ts'
import { Watch } from './watch.ts'

/** When and how jobs run in one process: the parts, and what flows between them. */
export class Engine {
  readonly options: EngineOptions
  readonly roster = new Roster()
  readonly watch: Watch
  readonly pace: Pace
  readonly intake: Intake
  readonly settler: Settler
  readonly beat: Beat
  readonly governor: Governor
  readonly sweeper: Sweeper
  readonly probation: Probation
  /** Given back while it stopped: not begun, unfinished, or ended by the abort. */
  released = 0
  readonly #plan: DemandPlan
  readonly #runner: Runner
  readonly #orders: Orders
  readonly #presence: Presence
  readonly lease: Lease
  readonly #solo: Solo
  readonly #reopening: Reopening
  #state: WorkerState = 'starting'
  #concurrency: number
  #stopped: Promise<number> | undefined
  #hurry: (() => void) | undefined

  constructor(options: EngineOptions) {
    const { env, driver, leaseMs } = options
    const session = () => this.#presence.session
    const lanes = () => this.#presence.lanes
    this.options = options
    this.#concurrency = options.concurrency
    this.#presence = new Presence(env, driver)
    this.lease = new Lease(env, isRenewed(driver) ? leaseMs : Infinity, options.guard)
    this.#plan = new DemandPlan(options.queues)
    this.watch = new Watch(env, this.roster, (attempt) => void this.#runner.declareStuck(attempt))
    this.#orders = new Orders(this.roster, this.watch)
    this.pace = new Pace(env, options.startSliceMs, (loan) => this.#start(loan))
    this.probation = new Probation(() => this.#concurrency, env.random)
    this.settler = new Settler(env, driver, { lanes, session, patienceMs: leaseMs })
    this.#solo = new Solo({
      probation: this.probation,
      inFlight: () => this.inFlight,
      settled: () => this.settler.idle(),
      told: () => this.beat.told(),
      start: (loan) => this.pace.push([loan]),
    })
    this.governor = new Governor(env, options.load, session, () => this.intake.wake(true))
    this.sweeper = new Sweeper(env, driver, leaseMs / 2, session)
    this.#runner = new Runner({
      options,
      roster: this.roster,
      watch: this.watch,
      session,
      settle: (loan, verdict) => this.settler.settle(loan, verdict),
      ended: (attempt, verdict) => this.#ended(attempt, verdict),
    })
    this.intake = new Intake({
      env,
      driver,
      plan: this.#plan,
      lanes,
      session,
      patienceMs: leaseMs,
      free: () => this.allowed - this.inFlight,
      concurrency: () => this.#concurrency,
      running: (queue) => this.roster.running(queue) + this.pace.waitingOf(queue),
      take: (loans) => this.#take(loans),
      revoked: () => this.revoked(this.session),
    })
    this.#reopening = new Reopening({
      presence: this.#presence,
      intake: this.intake,
      orders: this.#orders,
      roster: this.roster,
      inFlight: () => this.inFlight,
      leaving: () => this.#state === 'draining' || this.#state === 'stopped',
      drop: () => void this.#dropUnstarted(),
      open: () => this.open(),
    })
    this.beat = this.#makeBeat()
  }

  get session(): string {
    return this.#presence.session
  }
  get state(): WorkerState {
    return this.#state
  }
  get concurrency(): number {
    return this.#concurrency
  }
  get queues(): string[] {
    return this.#plan.queues
  }
  /** On loan to us and not yet ended. */
  get inFlight(): number {
    return this.roster.size + this.pace.waiting
  }
  /** Why fewer jobs are in flight than the concurrency allows; undefined when nothing cuts it. */
  get cutBy(): Cut | 'shutdown' | 'paused' | 'probation' | undefined {
    if (this.#state === 'draining' || this.#state === 'stopped') return 'shutdown'
    if (this.#state === 'paused') return 'paused'
    return this.probation.alone === undefined ? this.governor.cut : 'probation'
  }
  /** How many may be in flight now. */
  get allowed(): number {
    const open = this.#state === 'running' && this.probation.alone === undefined && !this.#reopening.isUnderWay
    return open && !this.lease.outlived ? this.governor.allowed(this.#concurrency, this.inFlight) : this.inFlight
  }

  /** Be present in the store, without taking anything yet. */
  async open(): Promise<void> {
    await this.#presence.open()
    this.beat.answered()
    this.lease.began(this.session)
  }

  start(): void {
    this.#state = 'running'
    this.governor.start()
    this.sweeper.start()
    this.beat.start()
    this.intake.start()
    emit('worker.started', () => ({ worker: this.session, queues: this.queues, concurrency: this.#concurrency }))
  }

  /** This worker takes nothing more; what runs goes on. */
  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
    this.intake.wake(true)
  }

  resume(): void {
    if (this.#state === 'paused') this.#state = 'running'
    this.intake.wake()
  }

  setConcurrency(concurrency: number): void {
    this.#concurrency = concurrency
    this.intake.wake(true)
  }

  setQueueConcurrency(queue: string, concurrency: number): void {
    this.#plan.setShare(queue, { ...this.options.queues[queue], concurrency })
    this.intake.wake(true)
  }

  /** Fail a running job from outside its handler: a stray error was pinned on it. */
  blame(fiber: Fiber, error: FiberWorkError): void {
    fiber.abort('blamed', error)
    this.watch.expectEnd(fiber)
  }

  /** Somebody has heard from the store that this session was taken back. */
  revoked(session: string): void {
    if (session === this.session) this.#reopening.begin().catch(() => {})
  }

  /** Burns nothing: see `shutDown`. Answers how many jobs were given back. A second call means now. */
  stop(reason: string, graceMs = this.options.graceMs): Promise<number> {
    if (this.#stopped !== undefined) {
      this.#hurry?.()
      return this.#stopped
    }
    this.#state = 'draining'
    emit('worker.stopping', () => ({ worker: this.session, reason, running: this.roster.size, graceMs }))
    const hurry = new Promise<void>((resolve) => (this.#hurry = resolve))
    this.#stopped = shutDown(this, graceMs, hurry, (attempt) => this.#runner.abandon(attempt)).finally(() => {
      this.#state = 'stopped'
    })
    return this.#stopped
  }

  /** Give back what was reserved and has not begun: at the end, and no attempt is burned by it. */
  releaseUnstarted(): void {
    this.#release(this.#dropUnstarted())
  }

  /** Nobody waits for an answer of the store any more. */
  endCalls(): void {
    this.#presence.end(new FiberWorkError('FW_DRIVER_CLOSED', 'The worker has stopped.'))
  }

  #makeBeat(): Beat {
    return new Beat({
      ...this.options,
      lease: this.lease,
      everyMs: this.options.beatMs,
      session: () => this.session,
      held: () => ({ known: this.roster.onLoan + this.#unstarted().length, inMotion: this.settler.pending > 0 }),
      progress: () => takeProgress(this.roster),
      unbegun: () => this.#solo.unbegun(),
      cancelled: (receipts) => this.#orders.cancel(receipts),
      revoked: (receipts) => this.#orders.revoke(receipts, 'The loan of this job was taken back.'),
      paused: (queues) => this.intake.wake(this.#plan.setPaused(new Set(queues))),
      sessionRevoked: () => this.#reopening.begin(),
      mismatch: () => this.#reconcile(),
    })
  }

  #release(loans: Reservation[]): void {
    for (const loan of loans) this.settler.push(loan, { kind: 'release' })
    this.released += loans.length
  }

  /** Reserved and not begun: the paced line, and a suspect that waits until it is alone. */
  #unstarted(): Reservation[] {
    const { held } = this.#solo
    return held === undefined ? this.pace.loans() : [...this.pace.loans(), held]
  }

  #dropUnstarted(): Reservation[] {
    const loans = this.#unstarted()
    this.pace.clear()
    for (const loan of loans) this.probation.left(loan)
    return loans
  }

  #take(loans: Reservation[]): void {
    if (this.#state === 'draining') return this.#release(loans)
    const starting: Reservation[] = []
    for (const loan of loans) {
      const handler = this.options.registry.find(loan.job.queue, loan.job.name)
      if (handler === undefined) {
        this.settler.push(loan, releaseOfUnknown(loan, this.options.env, this.session))
        continue
      }
      const admission = this.probation.admit(loan, this.inFlight + starting.length)
      if (admission.kind === 'refuse') this.settler.push(loan, admission.verdict)
      else if (admission.kind === 'start') starting.push(loan)
    }
    this.pace.push(starting)
    this.#solo.look()
  }

  #start(loan: Reservation): void {
    if (this.lease.outlived) {
      this.settler.push(loan, { kind: 'release' })
      return this.#left(loan)
    }
    this.#runner.start(loan, this.options.registry.find(loan.job.queue, loan.job.name)!)
  }

  #ended(attempt: Attempt, verdict: Verdict | undefined): void {
    const { fiber } = attempt
    if (heard('job.ended')) tellEnded(fiber, verdict, this.options.env.monoMs())
    if (this.#state === 'draining' && verdict?.kind === 'release') this.released += 1
    fiber.trace?.ended(verdict?.kind, errorOf(verdict))
    if (verdict !== undefined && fiber.written === undefined) this.settler.push(fiber.loan, verdict, fiber.trace)
    this.#left(fiber.loan)
  }

  /** One less in flight: whoever waited for that, goes on. */
  #left(loan: Reservation): void {
    if (loan === this.probation.alone) return void this.#solo.ended(loan).then(() => this.intake.wake())
    this.probation.left(loan)
    this.#solo.look()
    this.intake.freed(loan.job.queue)
  }

  async #reconcile(): Promise<void> {
    await this.intake.hold(async () => {
      const unstarted = this.#unstarted().map((loan) => loan.receipt)
      const known = [...this.roster.receipts(), ...unstarted, ...this.settler.receipts()]
      const revoked = await this.#presence.reconcile(known)
      this.#orders.revoke(revoked, 'The store does not know this loan any more.')
    })
  }
}
