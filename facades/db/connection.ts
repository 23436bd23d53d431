import { type Env, within } from '../../src/base/env.ts'
import { control, type Statement } from './statements.ts'
import type { Answer, Cursor, Wire } from './wire.ts'

/** A server that does not answer is given this long to end a statement, to roll back, to come clean. */
const patienceMs = 2_000

/** A connection of a pool: in one pair of hands at a time, and clean when it goes into the next. */
export class Connection {
  readonly wire: Wire
  readonly #env: Env
  readonly #controlMsMax: number
  idleSinceMs = 0
  /** Statements of a transaction that run on it now. */
  busy = 0
  /** Something may be left of those who had it. */
  #marked = false
  #interrupting: Promise<void> | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(wire: Wire, env: Env, controlMsMax: number) {
    this.wire = wire
    this.#env = env
    this.#controlMsMax = controlMsMax
  }

  run(statement: Statement): Promise<Answer> {
    if (statement.text.stains) this.#marked = true
    return this.track(this.wire.run(statement))
  }

  /** A statement of our own, about transactions. A server that does not answer it in time loses the connection. */
  async control(sql: string): Promise<Answer> {
    const timer = this.#env.setTimer(() => this.wire.destroy(), this.#controlMsMax, 'idle')
    try {
      return await this.track(this.wire.run(control(sql)))
    } finally {
      this.#env.clearTimer(timer)
    }
  }

  cursor(statement: Statement, rowsMax: number): Promise<Cursor> {
    if (statement.text.stains) this.#marked = true
    return this.track(this.wire.cursor(statement, rowsMax))
  }

  /** What runs on it now: what an interrupt is about. */
  track<T>(running: Promise<T>): Promise<T> {
    this.#running = running
    return running
  }

  /**
   * End the statement that runs: the server is told, and a server that does not hear loses the connection, so that whoever waits for the
   * answer has one in any case.
   */
  interrupt(): void {
    this.#interrupting ??= this.#interrupt(this.#running)
  }

  async #interrupt(running: Promise<unknown>): Promise<void> {
    const over = running.then(
      () => {},
      () => {},
    )
    const told = this.wire.cancel()
    const ended = Promise.all([told, over])
    if (!(await within(this.#env, patienceMs, ended).catch(() => false))) this.wire.destroy()
  }

  get #stained(): boolean {
    return this.#marked || this.wire.stained
  }

  /** Nothing is left of who had it last; false when it has to be thrown away. Answers at once where there is nothing to do. */
  cleaned(): boolean | Promise<boolean> {
    if (this.wire.broken) return false
    if (this.#interrupting === undefined && !this.#stained && this.wire.state === 'idle') return true
    return this.#clean()
  }

  async #clean(): Promise<boolean> {
    await this.#interrupting
    if (this.wire.broken) return false
    const work = this.#stained || this.wire.state !== 'idle' ? [() => this.wire.reset()] : []
    if (this.#interrupting !== undefined) work.unshift(() => this.wire.probe())
    for (const step of work) if (!(await this.inTime(step()))) return false
    this.#interrupting = undefined
    this.#marked = false
    return !this.wire.broken && this.wire.state === 'idle'
  }

  /** Whether it was done, and in time. */
  inTime(work: Promise<unknown>): Promise<boolean> {
    return within(this.#env, patienceMs, work).catch(() => false)
  }

  /** Over, for everybody: after an interrupt it has come to rest. */
  async atRest(): Promise<void> {
    await this.#interrupting
  }

  get interrupted(): boolean {
    return this.#interrupting !== undefined
  }
}
