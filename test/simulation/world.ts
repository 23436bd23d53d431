import { createMemoryStore, memoryDriver } from '../../drivers/memory/index.ts'
import { memoryTraits } from '../../drivers/memory/options.ts'
import { memoryKeeper } from '../../drivers/memory/sessions.ts'
import { on } from '../../src/base/emit.ts'
import type { Driver, DriverTraits } from '../../src/contract/driver.ts'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import type { StoredJob } from '../../src/contract/job.ts'
import type { Keeper } from '../../src/contract/keeper.ts'
import type { AnyDefinition } from '../../src/job/definition.ts'
import { Clock } from './clock.ts'
import { Crashes } from './crashes.ts'
import { definitionsOf } from './handlers.ts'
import type { Mutant } from './mutants.ts'
import { WiredDriver, wiredKeeper } from './network.ts'
import { drawPlan, type JobPlan, type Plan } from './plan.ts'
import { SimProcess } from './process.ts'
import { Random } from './random.ts'
import { Runs } from './runs.ts'
import { Shadow } from './shadow.ts'
import { type Op, Tap } from './tap.ts'
import { Trace } from './trace.ts'
import type { Network } from './wire.ts'
import { Slot, type SimWorker } from './worker.ts'

/** Everything of one seed. */
export class World {
  readonly seed: number
  readonly random: Random
  readonly plan: Plan
  readonly clock: Clock
  readonly trace: Trace
  readonly store: SimProcess
  readonly memory: ReturnType<typeof createMemoryStore>
  readonly auditor: Required<Driver>
  readonly network: Network
  readonly shadow: Shadow
  readonly runs: Runs
  readonly definitions: Map<string, AnyDefinition>
  readonly workers = new Map<string, SimWorker>()
  readonly slots: Slot[]
  /** What was planned for a job, by its id. */
  readonly planOf = new Map<string, JobPlan>()
  readonly crashes: Crashes
  /** Sessions that somebody took back at the store, lease or no lease. */
  readonly takenBack = new Set<string>()
  /** From here on nothing went wrong any more. */
  healedAtMs = Infinity
  readonly stress: () => boolean
  readonly mutant: Mutant | undefined
  violation: string | undefined
  /** Hears of everything that the store has done. */
  onOp: (op: Op) => void = () => {}
  /** Hears of every handler that begins. */
  onRun: (worker: SimWorker) => void = () => {}
  /** How often a job was started over by hand: its crashes are forgotten then. */
  readonly lives = new Map<number, number>()
  /** When somebody asked to cancel a running job, by its id. */
  readonly cancelAskedMs = new Map<string, number>()
  readonly seen = new Map<string, number>()
  readonly #traits: DriverTraits
  readonly #undo: (() => void)[] = []

  constructor(seed: number, keepLines: number, mutant?: Mutant) {
    this.seed = seed
    this.random = new Random(seed, 'world')
    this.crashes = new Crashes(this)
    this.mutant = mutant
    this.plan = drawPlan(new Random(seed, 'plan'))
    this.clock = new Clock(new Random(seed, 'ties'))
    this.trace = new Trace(keepLines)
    const stressed = this.random.chance(0.2)
    const strain = new Random(seed, 'strain')
    this.stress = () => stressed && !this.network.healed && strain.chance(0.03)
    this.store = new SimProcess('store', this.clock, new Random(seed, 'store'), {
      offsetMs: 0,
      driftPpm: this.random.between(-500, 500),
    })
    this.memory = createMemoryStore({ env: this.store.env })
    this.auditor = memoryDriver({ store: this.memory, env: this.store.env, leaseMs: 1e9 }) as Required<Driver>
    this.#traits = { ...memoryTraits, lanesMax: this.plan.lanesMax, batchMax: this.plan.batchMax }
    const { profile } = this.plan
    this.network = {
      profile,
      healed: false,
      random: new Random(seed, 'network'),
      store: this.store,
      tap: new Tap(),
      cutOff: new Set(),
      trace: this.trace.line,
      sessionLives: (session) => this.memory.sessions.has(session),
    }
    this.shadow = new Shadow({
      store: this.memory,
      leaseMs: this.plan.leaseMs,
      limits: this.plan.limits,
      fail: (message) => this.fail(message),
      settled: (shadow, receipt, verdict, outcome) => {
        this.trace.line(`store: ${shadow.job.queue}/${this.planOf.get(shadow.job.id)?.n} ${verdict.kind} ${outcome}`)
        this.runs.settled(shadow, receipt, verdict, outcome)
      },
      swept: (session, held) => this.crashes.swept(session, held),
      reconciled: (lost) => {
        for (const { loan, job } of lost) {
          const run = this.runs.byReceipt.get(loan!.receipt)
          const runs = run !== undefined && run.verdict === undefined && run.worker.process.state === 'alive'
          if (runs) this.fail(`${job.queue}/${run.plan.n} was given back by reconcile while ${run.worker.name} runs it`)
        }
      },
      seen: (what) => this.see(what),
      closed: (session, held) => {
        // A second SIGTERM means now, and so does a grace that passes while the loop stalls: then the farewell gives back what a reserve still brought.
        const { stops = 0, process } = this.workers.get(session.client) ?? {}
        const hurried = stops > 1 || (process?.stillMs ?? 0) > 0
        if (held.length > 0 && this.plan.profile.calm && !hurried)
          this.fail(`${session.client} left ${held.length} loans for its close to give back`)
      },
    })
    this.runs = new Runs({
      fail: (message) => this.fail(message),
      sessionLives: (session) => this.shadow.sessions.get(session)?.live === true,
      shadow: (id) => this.shadow.jobs.get(id),
    })
    this.definitions = definitionsOf(this.plan)
    const oldBuilds = this.random.chance(0.3) ? this.random.int(1, this.plan.workers.length) : 0
    this.slots = this.plan.workers.map((worker, number) => new Slot(this, worker, number, number >= oldBuilds))
    this.#listen()
  }

  /** The first violation ends the seed. */
  readonly fail = (message: string): void => {
    if (this.violation === undefined) this.trace.line(`VIOLATION: ${message}`)
    this.violation ??= message
  }

  /** Counts what has come up, so that a run can show what it has met. */
  readonly see = (what: string): void => {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1)
  }

  process(name: string): SimProcess {
    const { random } = this
    const error = { offsetMs: random.between(-2_000, 2_000), driftPpm: random.between(-500, 500) }
    return new SimProcess(name, this.clock, new Random(this.seed, name), error)
  }

  /** A new connection of a process to the store. */
  wire(process: SimProcess): WiredDriver {
    const make = () => {
      const driver = memoryDriver({ store: this.memory, env: this.store.env, leaseMs: this.plan.leaseMs })
      return this.mutant?.driver?.(driver, this) ?? driver
    }
    return new WiredDriver(this.network, process, make, this.#traits)
  }

  /** The connection of a guardian thread to the store. */
  keeper(process: SimProcess, thread: SimProcess): Keeper {
    const keeper = memoryKeeper(this.memory, this.plan.leaseMs)
    return wiredKeeper(this.network, process, thread, this.mutant?.keeper?.(keeper, this) ?? keeper)
  }

  /** An event has come to rest: what the store did in it is judged. */
  afterEvent(): void {
    const ops = this.network.tap.take()
    if (ops.length === 0 && this.violation === undefined) return this.shadow.rest()
    for (const op of ops) this.#judge(op)
    this.shadow.rest()
  }

  end(): void {
    for (const undo of this.#undo) undo()
  }

  #judge(op: Op): void {
    const [first] = op.parameters
    if (op.error !== undefined && !isFiberWorkError(op.error)) {
      this.fail(
        `the driver failed ${op.verb} with something else than a FiberWorkError: ${String(op.error)} ${(op.error as Error).stack}`,
      )
    }
    if (op.verb === 'enqueue') for (const job of first as StoredJob[]) this.#remember(job)
    this.trace.line(
      `store: ${op.verb}${op.call === undefined ? '' : ` ${op.call.lane}.${op.call.seq}`} of ${op.client} ${this.#answerOf(op)}`,
    )
    this.shadow.on(op)
    this.onOp(op)
  }

  #answerOf({ verb, answer, error }: Op): string {
    if (error !== undefined) return `failed: ${(error as { code?: string }).code ?? 'unknown error'}`
    if (verb === 'reserve')
      return `gave ${(answer as { jobs: { job: StoredJob }[] }).jobs.map(({ job }) => this.planOf.get(job.id)?.n).join(' ')}`
    if (verb === 'enqueue') return (answer as { outcome: string }[]).map(({ outcome }) => outcome).join(' ')
    if (verb === 'settle') return (answer as { outcome: string }[]).map(({ outcome }) => outcome).join(' ')
    if (verb === 'beat') return `${(answer as { session: string }).session} held ${(answer as { held?: number }).held}`
    if (verb === 'renew') return String(answer)
    if (verb === 'sweep' || verb === 'reconcile') return JSON.stringify(answer)
    return 'ok'
  }

  #remember(job: StoredJob): void {
    if (this.planOf.has(job.id)) return
    const { d } = JSON.parse(job.body) as { d: { n: number } }
    this.planOf.set(job.id, this.plan.jobs[d.n]!)
  }

  /** In a calm world a running job hears with the next beat that it is to be cancelled. */
  #checkCancel(session: string, id: string): void {
    const askedMs = this.cancelAskedMs.get(id)
    const run = this.runs.byJob.get(id)?.findLast(({ fiber }) => fiber.worker === session)
    if (askedMs === undefined || run === undefined || askedMs < run.startedAtMs || !this.plan.profile.calm) return
    const { stop, startedMonoMs, deadlineMonoMs } = run.fiber
    const heardUntilMs = askedMs + run.worker.slot.plan.beatMs + 500 + run.worker.process.stillMs
    const endMs = stop?.kind === 'timeout' ? run.startedAtMs + deadlineMonoMs - startedMonoMs : this.clock.nowMs
    const unheard = stop === undefined || stop.kind === 'timeout' || stop.kind === 'settled'
    if (unheard && endMs > heardUntilMs)
      this.fail(`${run.plan.queue}/${run.plan.n} was not told that it is to be cancelled`)
  }

  #listen(): void {
    const workerOf = (session: string) => this.workers.get(this.shadow.sessions.get(session)?.client ?? '')
    this.#undo.push(
      on('job.ended', ({ worker, id, verdict }) => {
        this.trace.line(`${workerOf(worker)?.name} ends ${this.planOf.get(id)?.n}: ${verdict}`)
        this.runs.ended(worker, id, verdict)
        this.#checkCancel(worker, id)
      }),
      on('job.stuck', ({ worker, id }) => {
        this.see('a stuck handler')
        this.runs.stuck(worker, id)
      }),
      on('job.unknown', () => this.see('an unknown job')),
      on('worker.cut', () => this.see('a cut by load')),
      on('job.stale', () => this.see('a stale settle')),
      on('worker.revoked', ({ worker }) => {
        this.see('a revoked worker')
        this.trace.line(`${workerOf(worker)?.name} opens a new session`)
      }),
      on('worker.reconciled', ({ worker, released, revoked }) => {
        this.see('a reconcile')
        this.trace.line(`${workerOf(worker)?.name} reconciled: ${released} released, ${revoked} revoked`)
      }),
    )
  }
}
