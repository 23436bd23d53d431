import type { StdioOptions } from 'node:child_process'
import { formatDuration } from '../base/duration.ts'
import { type Env, type Timer, within } from '../base/env.ts'
import type { Question } from '../contract/fleet.ts'
import { askMsMax, Child, type ChildPorts, howItEnded } from './child.ts'
import type { Role, Told } from './messages.ts'
import { type Exit, Restarts } from './restarts.ts'

export interface PlacePorts extends Omit<ChildPorts, 'onUp' | 'onExit' | 'stdio'> {
  env: Env
  stdio: StdioOptions
  say(text: string): void
  onUp(child: Child): void
  /** One of its processes has ended; `place` knows what comes next. */
  onExit(exit: Exit, child: Child): void
  /** It cannot work, and another try would be in vain. */
  onFinal(code: number, child: Child, how: string): void
}

/** A new process that is not up after so long does not come up. */
const startMsMax = 60_000

/** One place of a supervisor: keeps one process working there, and lets a new one take over from an old one. */
export class Place {
  readonly role: Role
  readonly restarts: Restarts
  readonly #ports: PlacePorts
  #child: Child | undefined
  /** To take over, once it is ready. */
  #next: Child | undefined
  /** Those that were taken over from, and drain. */
  readonly #leaving = new Set<Child>()
  #timer: Timer | undefined
  #stopping = false

  constructor(ports: PlacePorts, role: Role) {
    this.#ports = ports
    this.role = role
    this.restarts = new Restarts(ports.env.random)
  }

  /** Who works here, or is about to. */
  get child(): Child | undefined {
    return this.#child
  }
  /** All processes of this place. */
  get children(): Child[] {
    return [this.#child, this.#next, ...this.#leaving].filter((child) => child !== undefined)
  }
  get isStopping(): boolean {
    return this.#stopping
  }

  start(): void {
    this.#child = this.#spawn()
  }

  stop(level: 1 | 2, reason: string): void {
    this.#stopping = true
    this.#ports.env.clearTimer(this.#timer)
    for (const child of this.children) child.stop(level, reason)
  }

  kill(): void {
    for (const child of this.children) child.kill()
  }

  /** Who was asked, and what it said. One that ends while it is asked is not missed where another has taken over: then that one is asked. */
  async ask(question: Question, json: string | undefined): Promise<{ child?: Child; answer?: Told }> {
    const { env } = this.#ports
    const endMonoMs = env.monoMs() + askMsMax
    let child: Child | undefined
    let answer: Told | undefined
    while (answer === undefined && this.#child !== undefined && this.#child !== child) {
      child = this.#child
      answer = await child.ask(question, json, endMonoMs - env.monoMs())
    }
    return { ...(child && { child }), ...(answer && { answer }) }
  }

  /**
   * A new process takes over: it is started, and once it is up the old one drains. The API's processes cannot share a port: the new one
   * prepares itself, then the old one leaves. Answers why not, if the new one does not come so far: then everything is as it was.
   */
  async replace(): Promise<string | undefined> {
    const { env } = this.#ports
    if (this.#stopping) return 'the supervisor is stopping'
    env.clearTimer(this.#timer)
    const next = (this.#next = this.#spawn(true))
    if (!(await within(env, startMsMax, next.ready))) next.kill()
    const why = await next.ready
    if (why !== undefined) return why
    const old = this.#child
    this.#child = next
    this.#next = undefined
    if (old !== undefined) {
      this.#leaving.add(old)
      old.stop(1, 'a new process has taken over')
      await old.gone
    }
    if (this.role.kind === 'api') next.go()
    return undefined
  }

  #spawn(standby = false): Child {
    const { onUp } = this.#ports
    return new Child(
      {
        ...this.#ports,
        onUp: (child) => {
          this.restarts.up()
          onUp(child)
        },
        onExit: (exit, child) => this.#exited(exit, child),
      },
      this.role,
      standby,
    )
  }

  #exited(exit: Exit, child: Child): void {
    const worked = child === this.#child
    if (worked) this.#child = undefined
    if (child === this.#next) this.#next = undefined
    const left = this.#leaving.delete(child)
    const { say, onExit } = this.#ports
    if ((this.#stopping || left) && exit.signal !== null && exit.wasUp && this.role.kind === 'worker')
      say(`${child.name} was killed by ${exit.signal} while it stopped; its jobs run again when its lease is over`)
    // Also where a new one did not come up and the old one has fallen meanwhile.
    if (!this.#stopping && !left && this.#child === undefined) this.#decide(exit, child)
    onExit(exit, child)
  }

  #decide(exit: Exit, child: Child): void {
    const { env, say, onFinal } = this.#ports
    const how = howItEnded(exit)
    const said = child.failure === undefined ? '' : `: ${child.failure.message}`
    if (this.#next !== undefined) return say(`${child.name} ${how}; the one that was to take over from it is starting`)
    const decision = this.restarts.decide(exit)
    if (decision.kind === 'final') return onFinal(decision.code, child, how)
    say(
      `${child.name} ${how} after ${formatDuration(exit.upMs)}; the next one starts in ${formatDuration(decision.inMs)}${said}`,
    )
    this.#timer = env.setTimer(() => this.start(), decision.inMs)
  }
}
