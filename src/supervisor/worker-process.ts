import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import { type Env, type Timer } from '../base/env.ts'
import type { HealthReport } from '../api/health.ts'
import { supervisedVariable } from './link.ts'
import type { Summary, ToSupervisor, ToWorker } from './messages.ts'
import { workerNodeFlags } from './node-flags.ts'
import type { Exit } from './restarts.ts'

export interface WorkerProcessPorts {
  env: Env
  /** What to run: this script, with these arguments. */
  script: string
  args: readonly string[]
  stdio: StdioOptions
  onExit(exit: Exit, process: WorkerProcess): void
  onQuit(level: 1 | 2): void
}

const healthMsMax = 2_000
/** On top of the grace: to write the last verdicts down, and to end. */
const endMsMax = 15_000

/** One worker process, from its start to its exit. */
export class WorkerProcess {
  readonly #ports: WorkerProcessPorts
  readonly #child: ChildProcess
  readonly #asks = new Map<number, (report: HealthReport) => void>()
  #asked = 0
  #up: { graceMs: number; sinceMonoMs: number } | undefined
  #deadline: Timer | undefined
  #exited = false
  summary: Summary | undefined
  failure: Extract<ToSupervisor, { kind: 'failed' }>['error'] | undefined

  constructor(ports: WorkerProcessPorts, number: number) {
    this.#ports = ports
    this.#child = fork(ports.script, [...ports.args], {
      stdio: ports.stdio,
      execArgv: workerNodeFlags(process.execArgv, process.env['NODE_OPTIONS']),
      env: { ...process.env, [supervisedVariable]: String(number) },
    })
    this.#child.on('message', (message: ToSupervisor) => this.#hear(message))
    this.#child.once('exit', (code, signal) => this.#exit(code, signal))
    this.#child.on('error', () => this.#exit(1, null))
  }

  get pid(): number | undefined {
    return this.#child.pid
  }
  get up(): boolean {
    return this.#up !== undefined
  }

  /** 1: drain. 2: now. A process that cannot even hear it is killed when its time is over. */
  stop(level: 1 | 2, reason: string): void {
    this.#send({ kind: 'stop', level, reason })
    const { env } = this.#ports
    const patienceMs = endMsMax + (level === 1 ? (this.#up?.graceMs ?? 0) : 0)
    env.clearTimer(this.#deadline)
    this.#deadline = env.setTimer(() => this.kill(), patienceMs)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Undefined when it does not answer in time: its event loop is blocked, or it is starting. */
  health(): Promise<HealthReport | undefined> {
    const ask = ++this.#asked
    const { env } = this.#ports
    return new Promise((resolve) => {
      const timer = env.setTimer(() => end(undefined), healthMsMax, 'idle')
      const end = (report: HealthReport | undefined) => {
        this.#asks.delete(ask)
        env.clearTimer(timer)
        resolve(report)
      }
      this.#asks.set(ask, end)
      this.#send({ kind: 'health', ask })
    })
  }

  #send(message: ToWorker): void {
    // It may be gone already; its exit tells.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: ToSupervisor): void {
    if (message.kind === 'up') this.#up = { graceMs: message.graceMs, sinceMonoMs: this.#ports.env.monoMs() }
    else if (message.kind === 'health') this.#asks.get(message.ask)?.(message.report)
    else if (message.kind === 'quit') this.#ports.onQuit(message.level)
    else if (message.kind === 'ended') this.summary = message.summary
    else this.failure = message.error
  }

  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exited) return
    this.#exited = true
    const { env, onExit } = this.#ports
    env.clearTimer(this.#deadline)
    const upMs = this.#up === undefined ? 0 : env.monoMs() - this.#up.sinceMonoMs
    onExit({ code, signal, wasUp: this.up, upMs }, this)
  }
}
