import { type ChildProcess, fork, type StdioOptions } from 'node:child_process'
import type { Env, Timer } from '../base/env.ts'
import type { Question, StreamEvent } from '../contract/fleet.ts'
import { Asks } from './asks.ts'
import { supervisedVariable, textOfRole } from './link.ts'
import type { Role, Summary, Told, ToProcess, ToSupervisor, Wanted } from './messages.ts'
import { workerNodeFlags } from './node-flags.ts'
import type { Exit } from './restarts.ts'

/** What the API process asks of its supervisor. */
export type Request = Extract<ToSupervisor, { kind: 'askAll' | 'watch' | 'reload' }>

export interface ChildPorts {
  env: Env
  /** What to run: this script, with these arguments. */
  script: string
  args: readonly string[]
  stdio: StdioOptions
  onUp(child: Child): void
  onExit(exit: Exit, child: Child): void
  onQuit(level: 1 | 2): void
  onEvents(events: StreamEvent[]): void
  onRequest(request: Request, child: Child): void
}

/** Whoever asks a worker process waits no longer than this. */
export const askMsMax = 2_000
/** On top of the grace: to write the last verdicts down, and to end. */
const endMsMax = 15_000

/** One process of a supervisor, from its start to its exit. */
export class Child {
  readonly role: Role
  /** Undefined once it works, or (the API) could begin to; else why it ended before. */
  readonly ready: Promise<string | undefined>
  /** It has ended. */
  readonly gone: Promise<void>
  readonly #ports: ChildPorts
  readonly #child: ChildProcess
  readonly #asks: Asks<Told>
  readonly #setReady: (why: string | undefined) => void
  readonly #setGone: () => void
  #standby: boolean
  #up: { graceMs: number; sinceMonoMs: number } | undefined
  #deadline: Timer | undefined
  #exited = false
  wanted: Wanted | undefined
  /** Where it serves. */
  url: string | undefined
  /** Where its web page is. */
  pageUrl: string | undefined
  summary: Summary | undefined
  failure: Extract<ToSupervisor, { kind: 'failed' }>['error'] | undefined

  /** `standby`: it takes over from another one; an API process then waits for `go()`, because that one has the port still. */
  constructor(ports: ChildPorts, role: Role, standby = false) {
    this.#ports = ports
    this.role = role
    this.#standby = standby
    this.#asks = new Asks(ports.env)
    const ready = Promise.withResolvers<string | undefined>()
    const gone = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.#setReady = ready.resolve
    this.gone = gone.promise
    this.#setGone = gone.resolve
    this.#child = fork(ports.script, [...ports.args], {
      stdio: ports.stdio,
      execArgv: workerNodeFlags(process.execArgv, process.env['NODE_OPTIONS']),
      env: { ...process.env, [supervisedVariable]: textOfRole(role, standby) },
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
  /** `worker process 4711`, as messages say it. */
  get name(): string {
    return `${this.role.kind === 'api' ? 'API' : 'worker'} process ${this.pid}`
  }

  /** 1: drain. 2: now. A process that cannot even hear it is killed when its time is over. */
  stop(level: 1 | 2, reason: string): void {
    void this.send({ kind: 'stop', level, reason })
    const { env } = this.#ports
    const patienceMs = endMsMax + (level === 1 ? (this.#up?.graceMs ?? 0) : 0)
    env.clearTimer(this.#deadline)
    this.#deadline = env.setTimer(() => this.kill(), patienceMs)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** The port is free: serve. */
  go(): void {
    this.#standby = false
    void this.send({ kind: 'go' })
  }

  /** Undefined when it does not answer in time: its event loop is blocked, or it is gone. */
  ask(question: Question, json: string | undefined, withinMs: number): Promise<Told | undefined> {
    return this.#asks.ask(withinMs, (ask) => void this.send({ kind: 'ask', ask, question, json }))
  }

  /** Resolves when it is on its way. */
  send(message: ToProcess): Promise<void> {
    return new Promise((resolve) => {
      // It may be gone already; its exit tells.
      if (this.#child.connected) this.#child.send(message, () => resolve())
      else resolve()
    })
  }

  #hear(message: ToSupervisor): void {
    const { env, onUp, onQuit, onEvents, onRequest } = this.#ports
    switch (message.kind) {
      case 'up':
        this.#up = { graceMs: message.graceMs, sinceMonoMs: env.monoMs() }
        this.wanted = message.wanted
        this.url = message.url
        this.pageUrl = message.pageUrl
        onUp(this)
        return this.#setReady(undefined)
      case 'prepared':
        this.#setReady(undefined)
        return this.#standby ? undefined : this.go()
      case 'answer':
        return this.#asks.answered(message.ask, message.told)
      case 'events':
        return onEvents(message.events)
      case 'quit':
        return onQuit(message.level)
      case 'ended':
        this.summary = message.summary
        return undefined
      case 'failed':
        this.failure = message.error
        return undefined
      default:
        return onRequest(message, this)
    }
  }

  #exit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exited) return
    this.#exited = true
    const { env, onExit } = this.#ports
    env.clearTimer(this.#deadline)
    this.#asks.end()
    const upMs = this.#up === undefined ? 0 : env.monoMs() - this.#up.sinceMonoMs
    this.#setReady(
      `${this.name} ${howItEnded({ code, signal })}${this.failure === undefined ? '' : `: ${this.failure.message}`}`,
    )
    onExit({ code, signal, wasUp: this.up, upMs }, this)
    this.#setGone()
  }
}

export function howItEnded({ code, signal }: Pick<Exit, 'code' | 'signal'>): string {
  return signal === null ? `ended with ${code}` : `was killed by ${signal}`
}
