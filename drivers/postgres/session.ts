import { hostname } from 'node:os'
import type { Env } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import type { Link } from './link.ts'
import { Waiting } from './waiting.ts'

/** Whoever found a queue empty is rung for so long, and says so again at half of it. */
export const idleForMs = 6_000

/** A look at queues that found no more in them than it took. */
export interface Rest {
  queues: string
  /** Of the bell, before the look. */
  mark: number
  untilMonoMs: number
}

/** What a driver knows of its open session. */
export class Session {
  readonly s: number
  readonly name: string
  readonly waiting: Waiting
  /** The newest reserve of each lane that was answered with nothing: not worth a write, and the same again when repeated. */
  readonly inVain = new Map<number, number>()
  /** The newest reserve of each lane that the server was asked. */
  readonly asked = new Map<number, number>()
  /** What the last answer told of these queues, all of which it had emptied: nobody need ask again before somebody rings, or time is up. */
  rest: Rest | undefined
  readonly #numbers = new Map<string, number>()
  /** Until when each queue rings for us, by the monotonic clock. */
  readonly #rungUntil = new Map<string, number>()
  readonly #env: Env

  private constructor(s: number, name: string, env: Env) {
    this.s = s
    this.name = name
    this.#env = env
    this.waiting = new Waiting(env)
  }

  static async open(link: Link): Promise<Session> {
    const { env, leaseMs } = link.settings
    const name = `${hostname()}:${process.pid}:${env.id()}`
    const s = Number(await link.text('open', [name, Math.ceil(leaseMs)]))
    return new Session(s, name, env)
  }

  /** As far as they are known. */
  numbersOf(queues: readonly string[]): ReadonlySet<number> {
    return new Set(queues.flatMap((queue) => this.#numbers.get(queue) ?? []))
  }

  learnNumbers(queues: readonly string[], numbers: readonly (number | null)[]): void {
    for (const [i, number] of numbers.entries()) if (number !== null) this.#numbers.set(queues[i]!, number)
  }

  /** Those of the queues that would not ring for us much longer. */
  unrung(queues: readonly string[]): string[] {
    const nowMs = this.#env.monoMs()
    return queues.filter((queue) => (this.#rungUntil.get(queue) ?? 0) < nowMs + idleForMs / 2)
  }

  rungFor(queues: readonly string[]): void {
    const untilMs = this.#env.monoMs() + idleForMs
    for (const queue of queues) this.#rungUntil.set(queue, untilMs)
  }

  revoked(): FiberWorkError {
    return new FiberWorkError('FW_LEASE_REVOKED', `The session ${this.name} was taken back; open a new one.`)
  }
}
