import { on } from '../../src/base/emit.ts'
import type { Events } from '../../src/contract/events.ts'
import type { Percentiles } from '../../src/contract/dashboard.ts'
import { percentilesOf } from './numbers.ts'

/** Counts what one queue's jobs do, from the worker's events: each fiber that starts, and how each one ends. */
export class Tally {
  started = 0
  done = 0
  retried = 0
  released = 0
  dead = 0
  stuck = 0
  zombies = 0
  /** Stray errors that were pinned on a job, or on none. */
  strays = 0
  inFlightPeak = 0
  #inFlight = 0
  #overheads: number[] = []
  readonly #queue: string
  readonly #plannedMs: (id: string) => number | undefined
  readonly #detach: (() => void)[]

  /** `plannedMs`: how long a successful attempt of this job takes, where that is known. */
  constructor(queue: string, plannedMs: (id: string) => number | undefined) {
    this.#queue = queue
    this.#plannedMs = plannedMs
    this.#detach = [
      on('job.started', (event) => this.#start(event)),
      on('job.ended', (event) => this.#end(event)),
      on('job.stuck', () => this.stuck++),
      on('job.zombie', () => this.zombies++),
      on('job.blamed', () => this.strays++),
      on('worker.stray', () => this.strays++),
    ]
  }

  /** Jobs that have ended for good. */
  get ended(): number {
    return this.done + this.dead
  }

  get inFlight(): number {
    return this.#inFlight
  }

  detach(): void {
    for (const end of this.#detach.splice(0)) end()
  }

  overheadMs(): Percentiles {
    return percentilesOf(Float64Array.from(this.#overheads))
  }

  #start({ queue }: Events['job.started']): void {
    if (queue !== this.#queue) return
    this.started++
    if (++this.#inFlight > this.inFlightPeak) this.inFlightPeak = this.#inFlight
  }

  #end({ queue, id, verdict, runMs }: Events['job.ended']): void {
    if (queue !== this.#queue) return
    this.#inFlight--
    if (verdict === 'done') {
      this.done++
      const planned = this.#plannedMs(id)
      if (planned !== undefined) this.#overheads.push(runMs - planned)
    } else if (verdict === 'retry') this.retried++
    else if (verdict === 'release') this.released++
    else this.dead++
  }
}
