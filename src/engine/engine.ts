import { emit, heard } from '../base/emit.ts'
import type { WorkerState } from '../contract/dashboard.ts'
import type { Reservation } from '../contract/driver.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { Attempt } from './attempt.ts'
import { Beat } from './beat.ts'
import { DemandPlan } from './demand.ts'
import { tellEnded } from './events.ts'
import { type Cut, Governor } from './governor.ts'
import { Intake } from './intake.ts'
import type { EngineOptions } from './options.ts'
import { Orders } from './orders.ts'
import { Pace } from './pace.ts'
import { Presence } from './presence.ts'
import { Probation } from './probation.ts'
import { takeProgress } from './progress.ts'
import { Roster } from './roster.ts'
import { Runner } from './run.ts'
import { Settler } from './settle.ts'
import { shutDown } from './shutdown.ts'
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
  #state: WorkerState = 'starting'
  #concurrency: number
  #reopening: Promise<void> | undefined
  #stopped: Promise<number> | undefined
  #hurry: (() => void) | undefined

  constructor(options: EngineOptions) {
    const { env, driver, leaseMs } = options
    const session = () => this.#presence.session
    const lanes = () => this.#presence.lanes
    this.options = options
    this.#concurrency = options.concurrency
    this.#presence = new Presence(env, driver)
    this.#plan = new DemandPlan(options.queues)
    this.watch = new Watch(env, this.roster, (attempt) => void this.#runner.declareStuck(attempt))
    this.#orders = new Orders(this.roster, this.watch)
    this.pace = new Pace(env, options.startSliceMs, (loan) => this.#start(loan))
    this.probation = new Probation(() => this.#concurrency, env.random)
    this.settler = new Settler(env, driver, { lanes, session, patienceMs: leaseMs })
    this.governor = new Governor(env, options.load, session, () => this.intake.wake(true))
    this.sweeper = new Sweeper(env, driver, leaseMs / 2, session)
    this.#runner = new Runner({
      options,
      roster: this.roster,
      watch: this.watch,
      session,
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
      revoked: () => void this.#reopen().catch(() => {}),
    })
    this.beat = new Beat({
      env,
      driver,
      everyMs: options.beatMs,
      session,
      about: options.about,
      held: () => ({ known: this.roster.size + this.#unstarted().length, inMotion: this.settler.pending > 0 }),
      progress: () => takeProgress(this.roster),
      cancelled: (receipts) => this.#orders.cancel(receipts),
      revoked: (receipts) => this.#orders.revoke(receipts, 'The loan of this job was taken back.'),
      paused: (queues) => this.intake.wake(this.#plan.setPaused(new Set(queues))),
      sessionRevoked: () => this.#reopen(),
      mismatch: () => this.#reconcile(),
    })
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
    const open = this.#state === 'running' && this.probation.alone === undefined && this.#reopening === undefined
    return open && !this.#outlived ? this.governor.allowed(this.#concurrency, this.inFlight) : this.inFlight
  }

  /** Be present in the store, without taking anything yet. */
  async open(): Promise<void> {
    await this.#presence.open()
    this.beat.answered()
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

  #release(loans: Reservation[]): void {
    for (const loan of loans) this.settler.push(loan, { kind: 'release' })
    this.released += loans.length
  }

  /** Reserved and not begun: the paced line, and a suspect that waits until it is alone. */
  #unstarted(): Reservation[] {
    const loans = this.pace.loans()
    const { alone } = this.probation
    const held = alone !== undefined && this.roster.find(alone.receipt) === undefined && !loans.includes(alone)
    return held ? [...loans, alone] : loans
  }

  #dropUnstarted(): Reservation[] {
    const loans = this.#unstarted()
    this.pace.clear()
    for (const loan of loans) this.probation.left(loan)
    return loans
  }

  /** Stopped, or cut off, for longer than its lease: its loans are lost, whatever this process still believes. */
  get #outlived(): boolean {
    return this.options.driver.traits.lease === 'session' && this.beat.silentMs > this.options.leaseMs
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
    this.#startHeld()
  }

  #start(loan: Reservation): void {
    if (this.#outlived) {
      this.settler.push(loan, { kind: 'release' })
      return this.#left(loan)
    }
    this.#runner.start(loan, this.options.registry.find(loan.job.queue, loan.job.name)!)
  }

  /** A suspect that must run alone starts when nothing else is on loan to us, so that a crash can only be its own. */
  #startHeld(): void {
    const { alone } = this.probation
    if (alone === undefined || this.inFlight > 0 || this.roster.find(alone.receipt) !== undefined) return
    void this.settler.idle().then(() => {
      if (this.inFlight === 0 && this.probation.alone === alone) this.pace.push([alone])
    })
  }

  #ended(attempt: Attempt, verdict: Verdict | undefined): void {
    const { fiber } = attempt
    if (heard('job.ended')) tellEnded(fiber, verdict, this.options.env.monoMs())
    if (this.#state === 'draining' && verdict?.kind === 'release') this.released += 1
    if (verdict !== undefined) this.settler.push(fiber.loan, verdict)
    this.#left(fiber.loan)
  }

  /** One less in flight: whoever waited for that, goes on. */
  #left(loan: Reservation): void {
    this.probation.left(loan)
    this.#startHeld()
    this.intake.freed(loan.job.queue)
  }

  async #reconcile(): Promise<void> {
    await this.intake.hold(async () => {
      const unstarted = this.#unstarted().map((loan) => loan.receipt)
      const known = [...this.roster.receipts(), ...unstarted, ...this.settler.receipts()]
      const { released, revoked } = await this.#presence.reconcile(known)
      emit('worker.reconciled', () => ({ worker: this.session, released, revoked: revoked.length }))
      this.#orders.revoke(revoked, 'The store does not know this loan any more.')
    })
  }

  /** The session was taken back: everything it held runs elsewhere now. Stop it here, and begin anew. */
  async #reopen(): Promise<void> {
    if (this.#reopening !== undefined || this.#state === 'draining') return
    const running = this.inFlight
    const worker = this.session
    this.#presence.endCalls(new FiberWorkError('FW_LEASE_REVOKED', "The worker's session was taken back."))
    this.#dropUnstarted()
    this.#orders.revoke(this.roster.receipts(), "The worker's session was taken back; the job runs elsewhere.")
    this.#reopening = this.intake.hold(async () => {
      this.#dropUnstarted()
      await this.open()
      emit('worker.revoked', () => ({ worker, running }))
    })
    await this.#reopening.finally(() => {
      this.#reopening = undefined
      this.intake.wake()
    })
  }
}
