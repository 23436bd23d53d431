import type { Env, Timer } from '../base/env.ts'
import { formatDuration } from '../base/duration.ts'
import { type HealthReport, joined } from '../api/health.ts'
import type { Summary, ToSupervisor } from './messages.ts'
import { type Exit, Restarts } from './restarts.ts'
import { giveTerminalBack } from './terminal.ts'
import { WorkerProcess } from './worker-process.ts'

export interface SupervisorOptions {
  env: Env
  processes: number
  script: string
  args: readonly string[]
  /** The first process has the terminal: it is restored when that process could not do so. */
  terminal: boolean
  /** Handlers' output goes to stderr: stdout is for one document. */
  quietStdout: boolean
  say(text: string): void
}

export interface SupervisorEnd {
  code: number
  restarts: number
  summaries: Summary[]
  failure: Extract<ToSupervisor, { kind: 'failed' }>['error'] | undefined
}

interface Place {
  number: number
  restarts: Restarts
  process: WorkerProcess | undefined
  timer: Timer | undefined
}

/** Keeps worker processes running on this machine until it is asked to stop, or one of them says that it is pointless. */
export class Supervisor {
  /** Resolves when all have ended. */
  readonly ended: Promise<SupervisorEnd>
  readonly #options: SupervisorOptions
  readonly #places: Place[]
  readonly #summaries: Summary[] = []
  readonly #end: (end: SupervisorEnd) => void
  #stopping: { level: 1 | 2; reason: string } | undefined
  #code = 0
  #failure: SupervisorEnd['failure']

  constructor(options: SupervisorOptions) {
    this.#options = options
    const { promise, resolve } = Promise.withResolvers<SupervisorEnd>()
    this.ended = promise
    this.#end = resolve
    this.#places = Array.from({ length: options.processes }, (_, number) => ({
      number,
      restarts: new Restarts(options.env.random),
      process: undefined,
      timer: undefined,
    }))
    for (const place of this.#places) this.#start(place)
  }

  /** 1: all drain. 2: now. */
  stop(level: 1 | 2, reason: string): void {
    if (level <= (this.#stopping?.level ?? 0)) return
    this.#stopping = { level, reason }
    for (const place of this.#places) {
      this.#options.env.clearTimer(place.timer)
      place.process?.stop(level, reason)
    }
    this.#finish()
  }

  /** Somebody is out of patience. Leases run out by themselves, and the jobs run elsewhere then. */
  kill(): void {
    for (const { process } of this.#places) process?.kill()
  }

  async health(): Promise<HealthReport> {
    const answers = await Promise.all(this.#places.map(async ({ process }) => process?.health()))
    const missing = this.#places.flatMap(({ process }, index) => {
      if (answers[index] !== undefined) return []
      return [
        process === undefined
          ? 'a worker process has crashed and is about to be restarted'
          : `the worker process ${process.pid} does not answer`,
      ]
    })
    return joined(
      answers.filter((answer) => answer !== undefined),
      missing,
    )
  }

  #start(place: Place): void {
    const { env, script, args, quietStdout } = this.#options
    const stdin = place.number === 0 ? 'inherit' : 'ignore'
    place.process = new WorkerProcess(
      {
        env,
        script,
        args,
        stdio: [stdin, quietStdout ? 2 : 'inherit', 'inherit', 'ipc'],
        onExit: (exit, process) => this.#exited(place, exit, process),
        onQuit: (level) => this.stop(level, 'the dashboard was left'),
      },
      place.number,
    )
  }

  #exited(place: Place, exit: Exit, process: WorkerProcess): void {
    place.process = undefined
    if (process.summary !== undefined) this.#summaries.push(process.summary)
    if (this.#options.terminal && place.number === 0 && (exit.signal !== null || exit.code !== 0)) giveTerminalBack()
    if (this.#stopping !== undefined) {
      // One that had not begun holds nothing, however it ends.
      const clean = !exit.wasUp || (exit.signal === null && (exit.code === 0 || exit.code === 70))
      if (!clean) this.#fail(exit.code === null || exit.code === 0 ? 1 : exit.code, process)
      if (exit.signal !== null && exit.wasUp)
        this.#options.say(
          `worker process ${process.pid} was killed by ${exit.signal} while it stopped; its jobs run again when its lease is over`,
        )
      return this.#finish()
    }
    const decision = place.restarts.decide(exit)
    const how = exit.signal === null ? `ended with ${exit.code}` : `was killed by ${exit.signal}`
    if (decision.kind === 'final') {
      this.#fail(decision.code, process)
      this.stop(1, `worker process ${process.pid} ${how}`)
      return this.#finish()
    }
    this.#options.say(
      `worker process ${process.pid} ${how} after ${formatDuration(exit.upMs)}; the next one starts in ${formatDuration(decision.inMs)}`,
    )
    place.timer = this.#options.env.setTimer(() => this.#start(place), decision.inMs)
  }

  #fail(code: number, { failure }: WorkerProcess): void {
    if (this.#code !== 0) return
    this.#code = code
    this.#failure = failure
  }

  #finish(): void {
    if (this.#stopping === undefined || this.#places.some(({ process }) => process !== undefined)) return
    const restarts = this.#places.reduce((sum, place) => sum + place.restarts.total, 0)
    this.#end({ code: this.#code, restarts, summaries: this.#summaries, failure: this.#failure })
  }
}
