import { on } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import {
  type BlockedRow,
  type DefinitionRow,
  type FailureRow,
  noTotals,
  type Percentiles,
  type Totals,
  type ZombieRow,
} from '../contract/dashboard.ts'
import type { Events } from '../contract/events.ts'
import { DurationWindow } from './window.ts'

const failuresMax = 100
const definitionWindowMs = 10_000
const windowMs = 1_000

interface Definition {
  row: Omit<DefinitionRow, 'runMs'>
  run: DurationWindow
}

const outcomeOf = { retry: 'retry', dead: 'dead', quarantined: 'quarantined', cancelled: 'cancelled' } as const
const totalOf = {
  done: 'done',
  retry: 'retried',
  release: 'released',
  dead: 'dead',
  cancelled: 'cancelled',
  quarantined: 'quarantined',
} as const

/** Counts one worker's events for whoever shows them. It costs something only while it is attached. */
export class Stats {
  readonly totals: Totals = { ...noTotals }
  readonly #env: Env
  readonly #isMine: (worker: string) => boolean
  readonly #definitions = new Map<string, Definition>()
  readonly #failures: FailureRow[] = []
  #blocked: BlockedRow | undefined
  #zombie: ZombieRow | undefined
  readonly #run = new DurationWindow(windowMs)
  readonly #wait = new DurationWindow(windowMs)
  #detach: (() => void)[] = []

  constructor(env: Env, isMine: (worker: string) => boolean) {
    this.#env = env
    this.#isMine = isMine
  }

  attach(): void {
    if (this.#detach.length > 0) return
    const mine =
      <P extends { worker: string }>(listen: (payload: P) => void) =>
      (payload: P) => {
        if (this.#isMine(payload.worker)) listen(payload)
      }
    this.#detach = [
      on(
        'job.started',
        mine((event: Events['job.started']) => this.#started(event)),
      ),
      on(
        'job.ended',
        mine((event: Events['job.ended']) => this.#ended(event)),
      ),
      on(
        'job.stuck',
        mine(() => this.totals.stuck++),
      ),
      on(
        'job.zombie',
        mine((event: Events['job.zombie']) => this.#left(event)),
      ),
      on(
        'job.polluted',
        mine(() => this.totals.polluted++),
      ),
      on(
        'job.stale',
        mine(() => this.totals.stale++),
      ),
      on(
        'loop.recovered',
        mine((event: Events['loop.recovered']) => this.#recovered(event)),
      ),
    ]
  }

  detach(): void {
    for (const end of this.#detach.splice(0)) end()
  }

  runMs(): Percentiles | undefined {
    return this.#run.percentiles(this.#env.monoMs())
  }

  waitMs(): Percentiles | undefined {
    return this.#wait.percentiles(this.#env.monoMs())
  }

  definitions(): DefinitionRow[] {
    const nowMonoMs = this.#env.monoMs()
    return [...this.#definitions.values()].map(({ row, run }) => {
      const runMs = run.percentiles(nowMonoMs)
      return runMs === undefined ? { ...row } : { ...row, runMs }
    })
  }

  /** The newest. */
  blocked(): BlockedRow | undefined {
    return this.#blocked
  }

  /** The newest. */
  zombie(): ZombieRow | undefined {
    return this.#zombie
  }

  /** Newest first. */
  failures(): FailureRow[] {
    return this.#failures.toReversed()
  }

  #started(event: Events['job.started']): void {
    this.totals.started++
    this.#definition(event).row.running++
    this.#wait.record(event.waitedMs, this.#env.monoMs())
  }

  #ended(event: Events['job.ended']): void {
    const { row, run } = this.#definition(event)
    const nowMonoMs = this.#env.monoMs()
    row.running--
    this.totals[totalOf[event.verdict]]++
    if (event.timedOut) this.totals.timedOut++
    if (event.verdict === 'done') row.done++
    else if (event.verdict === 'retry') row.retried++
    else if (event.verdict === 'dead') row.dead++
    this.#run.record(event.runMs, nowMonoMs)
    run.record(event.runMs, nowMonoMs)
    if (event.verdict in outcomeOf) this.#fail(event)
  }

  #fail({ id, name, queue, attempt, verdict, error }: Events['job.ended']): void {
    const outcome = outcomeOf[verdict as keyof typeof outcomeOf]
    const line = String(error).split('\n', 1)[0]!.slice(0, 500)
    this.#keep({ atMs: this.#env.nowMs(), id, name, queue, attempt, outcome, error: line })
  }

  #left(event: Events['job.zombie']): void {
    const { name, left, kinds } = event
    const count = Object.values(kinds).reduce((sum, of) => sum + of, 0)
    this.totals.zombies += count
    const { row } = this.#definition(event)
    row.zombies = (row.zombies ?? 0) + count
    this.#zombie = { atMs: this.#env.nowMs(), name, left: left[0] ?? '' }
  }

  /** A job that was seen blocking the loop has failed all others for that long. */
  #recovered({ blockedMs, sure, job, at }: Events['loop.recovered']): void {
    const atMs = this.#env.nowMs()
    this.#blocked = { atMs, blockedMs, sure, ...(job && { name: job.name }), ...(at !== undefined && { at }) }
    if (job === undefined || sure !== 'exact') return
    const { id, name, queue, attempt } = job
    const error = `kept the event loop for ${(blockedMs / 1_000).toFixed(1)} s${at === undefined ? '' : ` at ${at}`}`
    this.#keep({ atMs, id, name, queue, attempt, outcome: 'blocked', error })
  }

  #keep(failure: FailureRow): void {
    this.#failures.push(failure)
    if (this.#failures.length > failuresMax) this.#failures.shift()
  }

  #definition({ name, queue }: { name: string; queue: string }): Definition {
    const key = `${queue}\n${name}`
    let found = this.#definitions.get(key)
    if (found === undefined) {
      found = {
        row: { name, queue, running: 0, done: 0, retried: 0, dead: 0 },
        run: new DurationWindow(definitionWindowMs),
      }
      this.#definitions.set(key, found)
    }
    return found
  }
}
