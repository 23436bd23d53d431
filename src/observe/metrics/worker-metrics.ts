import type { Env } from '../../base/env.ts'
import type { WorkerState } from '../../contract/dashboard.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { countDoors } from './doors.ts'
import { countStore, countWorker } from './events.ts'
import { Instruments } from './instruments.ts'
import { JobCounts, type KnownJobs } from './jobs.ts'
import { Ears } from './listen.ts'
import { collectProcess, LoopDelay } from './loop.ts'
import { metricGroups, type MetricName } from './table.ts'

/** How a worker stands at this moment. */
export interface WorkerNow {
  state: WorkerState
  inFlight: readonly (readonly [queue: string, running: number])[]
  pacing: number
  slots: number
  allowed: number
  cutBy: string | undefined
  silenceMs: number
  leaseAgeMs: number
  renewals: { guardian: number; beats: number }
}

export interface WorkerMetricsParts {
  env: Env
  known: KnownJobs
  about: { version: string; driver: string; durable: string; startedAtMs: number; heapLimitBytes: number }
  /** The session of this worker. */
  session: () => string
  now: () => WorkerNow
}

const states: readonly WorkerState[] = ['starting', 'running', 'paused', 'draining', 'stopped']
const cuts = ['loop', 'memory', 'shutdown', 'paused', 'probation']
/** Sessions that were taken back and whose jobs may still end here. */
const formerMax = 8

/**
 * Counts what one worker tells of itself, from `start` to `end`, in plain numbers. The metrics are made of them when somebody asks;
 * nothing but the queues and names of its handlers becomes a label of a job.
 */
export class WorkerMetrics {
  readonly #parts: WorkerMetricsParts
  readonly #instruments = new Instruments()
  readonly #ears: Ears
  #loop: LoopDelay | undefined
  #session = ''
  readonly #former: string[] = []

  constructor(parts: WorkerMetricsParts) {
    this.#parts = parts
    this.#ears = new Ears((worker) => this.#isMine(worker))
  }

  /** Count from now on; again does nothing. */
  start(): void {
    if (this.#loop !== undefined) return
    this.#loop = new LoopDelay(this.#parts.env)
    this.#loop.start()
    this.#session = this.#parts.session()
    const { env, known } = this.#parts
    const { ofQueues: _, ...ours } = metricGroups
    for (const group of Object.values(ours)) this.#instruments.begin(Object.keys(group) as MetricName[])
    const jobs = new JobCounts(env, this.#instruments, known)
    jobs.listen(this.#ears)
    countWorker(this.#instruments, this.#ears, (job) => jobs.labelsOf(job))
    countStore(this.#instruments, this.#ears)
    countDoors(this.#instruments, this.#ears)
  }

  end(): void {
    this.#ears.end()
    this.#loop?.end()
  }

  /** Everything that was counted since `start`, and how the worker stands now. */
  families(): MetricFamily[] {
    this.start()
    const instruments = this.#instruments
    this.#tellWorker(this.#parts.now())
    this.#loop?.collect(instruments)
    collectProcess(instruments, this.#parts.about.heapLimitBytes)
    return instruments.families()
  }

  #tellWorker(now: WorkerNow): void {
    const instruments = this.#instruments
    const { version, driver, durable, startedAtMs } = this.#parts.about
    instruments.set('fiber_work_worker_info', 1, version, driver, durable)
    instruments.set('fiber_work_worker_start_time_seconds', startedAtMs / 1_000)
    for (const state of states) instruments.set('fiber_work_worker_state', Number(state === now.state), state)
    instruments.set('fiber_work_worker_silence_seconds', now.silenceMs / 1_000)
    instruments.setAll(
      'fiber_work_jobs_in_flight',
      now.inFlight.map(([queue, running]) => [[queue], running] as const),
    )
    instruments.set('fiber_work_jobs_pacing', now.pacing)
    instruments.set('fiber_work_slots', now.slots)
    instruments.set('fiber_work_slots_allowed', now.allowed)
    for (const by of cuts) instruments.set('fiber_work_slots_cut', Number(by === now.cutBy), by)
    instruments.set('fiber_work_lease_age_seconds', now.leaseAgeMs / 1_000)
    instruments.set('fiber_work_lease_renewals_total', now.renewals.guardian, 'guardian')
    instruments.set('fiber_work_lease_renewals_total', now.renewals.beats, 'beats')
  }

  #isMine(worker: string): boolean {
    const session = this.#parts.session()
    if (session !== this.#session) {
      this.#former.push(this.#session)
      if (this.#former.length > formerMax) this.#former.shift()
      this.#session = session
    }
    return worker === session || this.#former.includes(worker)
  }
}
