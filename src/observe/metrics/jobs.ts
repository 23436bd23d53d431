import type { Env } from '../../base/env.ts'
import type { Events } from '../../contract/events.ts'
import type { Added } from '../../contract/job.ts'
import type { VerdictKind } from '../../contract/verdict.ts'
import type { Buckets } from './buckets.ts'
import type { Cell, Instruments } from './instruments.ts'
import { other } from './label-sets.ts'
import type { Ears } from './listen.ts'

/** The handlers that a worker has: only their queues and names are labels. */
export interface KnownJobs {
  queues: readonly string[]
  names: (queue: string) => readonly string[]
}

/** What is counted of one definition, at hand for each of its jobs. */
interface Row {
  ended: Record<VerdictKind, Cell>
  timedOut: Cell
  run: Buckets
  enqueued: { [outcome in Added['outcome']]?: Cell }
}

interface Line {
  rows: Map<string, Row>
  wait: Buckets
}

const verdicts = ['done', 'retry', 'release', 'dead', 'cancelled', 'quarantined'] as const

/** Counts jobs: the one part that is on the path of every job, so that it looks two names up and adds to numbers. */
export class JobCounts {
  readonly #env: Env
  readonly #instruments: Instruments
  readonly #lines = new Map<string, Line>()

  constructor(env: Env, instruments: Instruments, known: KnownJobs) {
    this.#env = env
    this.#instruments = instruments
    for (const queue of known.queues) {
      const rows = new Map(known.names(queue).map((name) => [name, this.#rowOf(queue, name)]))
      this.#lines.set(queue, { rows, wait: instruments.buckets('fiber_work_job_wait_seconds', [queue]) })
    }
  }

  listen(ears: Ears): void {
    ears.mine('job.started', ({ queue, waitedMs }) => void this.#lineOf(queue).wait.record(waitedMs))
    ears.mine('job.ended', (event) => this.#ended(event))
    const count = this.#instruments.count.bind(this.#instruments)
    ears.mine('job.stuck', (event) => count('fiber_work_job_stuck_total', this.labelsOf(event)))
    ears.mine('job.stale', (event) => count('fiber_work_job_stale_total', this.labelsOf(event)))
    ears.mine('job.unknown', ({ queue }) => count('fiber_work_job_unknown_total', [queue]))
    ears.mine('job.broken', () => count('fiber_work_job_broken_total'))
    ears.mine('job.blamed', (event) => count('fiber_work_job_blamed_total', [...this.labelsOf(event), event.sure]))
    ears.mine('job.polluted', (event) => count('fiber_work_job_polluted_total', [...this.labelsOf(event), event.sure]))
    ears.mine('thread.terminated', (event) =>
      count('fiber_work_threads_terminated_total', [...this.labelsOf(event), event.why]),
    )
    ears.mine('job.zombie', (event) => {
      for (const [kind, left] of Object.entries(event.kinds)) {
        count('fiber_work_job_zombies_total', [...this.labelsOf(event), kind], left)
      }
    })
    ears.any('auth.refused', (event) => count('fiber_work_auth_refused_total', this.labelsOf(event)))
    ears.any('job.enqueued', (event) => this.#enqueued(event))
  }

  /** Queue and name as labels. A producer may write into queues that nobody here works: they are `other`. */
  labelsOf({ queue, name }: { queue: string; name: string }): [queue: string, name: string] {
    const line = this.#lines.get(queue)
    if (line === undefined) return [other, other]
    return [queue, line.rows.has(name) ? name : other]
  }

  #ended(event: Events['job.ended']): void {
    const { queue, name, runMs, traceparent } = event
    const { rows } = this.#lineOf(queue)
    const row = rows.get(name) ?? this.#otherOf(queue, rows)
    row.ended[event.verdict].value++
    if (event.timedOut) row.timedOut.value++
    if (traceparent === undefined) row.run.record(runMs)
    else row.run.recordExample(runMs, traceparent, this.#env.nowMs())
  }

  #enqueued({ queue, name, outcome }: Events['job.enqueued']): void {
    const row = this.#lines.get(queue)?.rows.get(name)
    const found = row?.enqueued[outcome]
    if (found !== undefined) return void found.value++
    const labels = [...this.labelsOf({ queue, name }), outcome]
    const cell = this.#instruments.cell('fiber_work_jobs_enqueued_total', labels)
    cell.value++
    if (row !== undefined) row.enqueued[outcome] = cell
  }

  #lineOf(queue: string): Line {
    return this.#lines.get(queue) ?? this.#lines.get(other) ?? this.#others()
  }

  #others(): Line {
    const line = { rows: new Map(), wait: this.#instruments.buckets('fiber_work_job_wait_seconds', [other]) }
    this.#lines.set(other, line)
    return line
  }

  /** Of a handler that takes other names than its own. */
  #otherOf(queue: string, rows: Map<string, Row>): Row {
    let row = rows.get(other)
    if (row === undefined) rows.set(other, (row = this.#rowOf(this.#lines.has(queue) ? queue : other, other)))
    return row
  }

  #rowOf(queue: string, name: string): Row {
    const instruments = this.#instruments
    const cell = (outcome: VerdictKind) => [outcome, instruments.cell('fiber_work_jobs_total', [queue, name, outcome])]
    return {
      ended: Object.fromEntries(verdicts.map(cell)) as Row['ended'],
      timedOut: instruments.cell('fiber_work_job_timeouts_total', [queue, name]),
      run: instruments.buckets('fiber_work_job_run_seconds', [queue, name]),
      enqueued: {},
    }
  }
}
