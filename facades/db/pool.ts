import { type Env, type Timer, within } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/errors.ts'
import { Connection } from './connection.ts'
import type { Dialect } from './wire.ts'

export interface PoolSettings {
  /** For messages. */
  name: string
  poolMax: number
  waitMsMax: number
  idleMs: number
  connectMsMax: number
  statementTimeoutMs: number
}

/** One who waits for a connection. */
export interface Waiter {
  waitUntilMs: number
  gone: boolean
  /** Whoever does not want it any more gives it back. */
  granted(connection: Connection): void
  refused(error: unknown): void
}

const waitingMax = 100_000
/** One that has lain longer is asked whether it is still there before somebody has it. */
const trustMs = 10_000
const growAgainMs = 500

/** Few connections for many: first come, first served, for as long as one is willing to wait. Used outside of all jobs only. */
export class Pool {
  readonly #dialect: Dialect
  readonly #settings: PoolSettings
  readonly #env: Env
  /** The one used last is the next one, so that those too many grow old. */
  readonly #idle: Connection[] = []
  readonly #taken = new Set<Connection>()
  #waiting: Waiter[] = []
  #head = 0
  #gone = 0
  #opening = 0
  #growAtMs = 0
  #deadline: Timer | undefined
  #sweep: Timer | undefined
  #growing: Timer | undefined
  #closed: (() => void) | undefined
  usedAtMs = 0

  constructor(dialect: Dialect, settings: PoolSettings, env: Env) {
    this.#dialect = dialect
    this.#settings = settings
    this.#env = env
  }

  /** Nobody has a connection of it, and nobody waits for one. */
  get quiet(): boolean {
    return this.#taken.size + this.#opening + this.waiting === 0
  }

  get waiting(): number {
    return this.#waiting.length - this.#head - this.#gone
  }

  /** One that is free now. */
  free(): Connection | undefined {
    const connection = this.waiting === 0 ? this.#idle.at(-1) : undefined
    if (connection === undefined || this.#env.monoMs() - connection.idleSinceMs > trustMs) return undefined
    this.#idle.pop()
    return this.#hand(connection)
  }

  /** The next one that is free, after those who came before. `leave` when it is not wanted any more. */
  wait(waiter: Waiter): void {
    const { name, waitMsMax } = this.#settings
    if (this.#closed !== undefined) return waiter.refused(closedPool(name))
    if (this.waiting >= waitingMax) {
      const message = `Db "${name}": ${waitingMax} wait for a connection already.`
      return waiter.refused(new FiberWorkError('FW_DB_BUSY', message))
    }
    waiter.waitUntilMs = this.#env.monoMs() + waitMsMax
    this.#waiting.push(waiter)
    if (this.#idle.length > 0) void this.#wake(this.#idle.pop()!)
    else if (this.#size < this.#settings.poolMax) this.#grow()
    if (this.#deadline === undefined) this.#watchDeadline()
  }

  leave(waiter: Waiter): void {
    if (waiter.gone) return
    waiter.gone = true
    this.#gone++
  }

  /** Back; to the next one when it is clean. */
  give(connection: Connection): void {
    const clean = connection.cleaned()
    if (clean === true) return this.#pass(connection)
    if (clean === false) return this.#drop(connection)
    void clean.then((clean) => (clean ? this.#pass(connection) : this.#drop(connection)))
  }

  /** Nobody gets any more; resolves when all are closed. Those who have one finish within `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const quiet = new Promise<void>((resolve) => (this.#closed = resolve))
    const { name } = this.#settings
    this.#failAll(closedPool(name))
    for (const timer of [this.#sweep, this.#deadline, this.#growing]) this.#env.clearTimer(timer)
    const idle = this.#idle.splice(0)
    if (this.#taken.size + this.#opening === 0) this.#closed?.()
    await within(this.#env, graceMs, quiet)
    for (const connection of this.#taken) connection.wire.destroy()
    this.#taken.clear()
    await Promise.all(idle.map((connection) => this.#end(connection)))
  }

  get #size(): number {
    return this.#taken.size + this.#idle.length + this.#opening
  }

  #hand(connection: Connection): Connection {
    this.#taken.add(connection)
    connection.wire.hold(true)
    return connection
  }

  #pass(connection: Connection): void {
    if (this.#closed !== undefined) return this.#retire(connection)
    const waiter = this.#next()
    if (waiter !== undefined) return waiter.granted(connection)
    this.#taken.delete(connection)
    connection.idleSinceMs = this.usedAtMs = this.#env.monoMs()
    connection.wire.hold(false)
    this.#idle.push(connection)
    this.#watchIdle()
  }

  #drop(connection: Connection): void {
    this.#taken.delete(connection)
    if (!connection.wire.broken) connection.wire.destroy()
    if (this.#closed !== undefined) return this.#checkClosed()
    if (this.waiting > 0) this.#grow()
  }

  #retire(connection: Connection): void {
    this.#taken.delete(connection)
    void this.#end(connection)
    this.#checkClosed()
  }

  #checkClosed(): void {
    if (this.#taken.size + this.#opening === 0) this.#closed?.()
  }

  async #end(connection: Connection): Promise<void> {
    connection.wire.hold(true)
    if (!(await connection.inTime(connection.wire.end()))) connection.wire.destroy()
  }

  #next(): Waiter | undefined {
    while (this.#head < this.#waiting.length) {
      const waiter = this.#waiting[this.#head++]!
      if (this.#head > 1_024 && 2 * this.#head > this.#waiting.length) {
        this.#waiting = this.#waiting.slice(this.#head)
        this.#head = 0
      }
      if (!waiter.gone) return waiter
      this.#gone--
    }
    this.#waiting.length = this.#head = 0
    return undefined
  }

  /** One that has lain for a while, for whoever is first: if it is still alive. */
  async #wake(connection: Connection): Promise<void> {
    this.#hand(connection)
    const fresh = this.#env.monoMs() - connection.idleSinceMs <= trustMs
    if (fresh || (await connection.inTime(connection.wire.probe()))) this.#pass(connection)
    else this.#drop(connection)
  }

  #grow(): void {
    if (this.#opening >= this.waiting || this.#size >= this.#settings.poolMax) return
    if (this.#env.monoMs() < this.#growAtMs) return
    this.#opening++
    void this.#open().finally(() => this.#opening--)
  }

  async #open(): Promise<void> {
    try {
      const connection = new Connection(await this.#connect(), this.#env, this.#settings.statementTimeoutMs)
      connection.wire.onBroken = () => this.#lost(connection)
      this.#pass(this.#hand(connection))
    } catch (error) {
      this.#refused(error)
    }
  }

  async #connect(): Promise<Awaited<ReturnType<Dialect['connect']>>> {
    const { connectMsMax, name } = this.#settings
    const connecting = this.#dialect.connect()
    if (await within(this.#env, connectMsMax, connecting)) return connecting
    // It may still come; then nobody wants it.
    connecting.then((wire) => wire.destroy()).catch(() => {})
    throw new FiberWorkError('FW_DB_UNREACHABLE', `Db "${name}": could not connect within ${connectMsMax} ms.`)
  }

  /** With connections at work, those who wait get one of these; with none there is nothing to wait for. */
  #refused(error: unknown): void {
    if (this.#closed !== undefined) return this.#env.immediate(() => this.#checkClosed())
    if (this.#taken.size === 0) return this.#failAll(error)
    this.#growAtMs = this.#env.monoMs() + growAgainMs
    this.#growing ??= this.#env.setTimer(() => {
      this.#growing = undefined
      this.#grow()
    }, growAgainMs)
  }

  #failAll(error: unknown): void {
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) waiter.refused(error)
  }

  #lost(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** All wait equally long: the first one's deadline is the next. */
  #watchDeadline(): void {
    const first = this.#first()
    if (first === undefined || this.#deadline !== undefined) return
    const expire = () => {
      this.#deadline = undefined
      for (
        let next = this.#first();
        next !== undefined && next.waitUntilMs <= this.#env.monoMs();
        next = this.#first()
      ) {
        this.#next()?.refused(this.#busy())
      }
      this.#watchDeadline()
    }
    this.#deadline = this.#env.setTimer(expire, Math.max(1, first.waitUntilMs - this.#env.monoMs()), 'idle')
  }

  #first(): Waiter | undefined {
    while (this.#waiting[this.#head]?.gone === true) {
      this.#head++
      this.#gone--
    }
    return this.#waiting[this.#head]
  }

  #busy(): FiberWorkError {
    const { name, poolMax, waitMsMax } = this.#settings
    const message = `Db "${name}": none of ${poolMax} connections became free within ${waitMsMax} ms.`
    return new FiberWorkError('FW_DB_BUSY', message)
  }

  #watchIdle(): void {
    this.#sweep ??= this.#env.setTimer(() => this.#closeIdle(), this.#settings.idleMs, 'idle')
  }

  #closeIdle(): void {
    this.#sweep = undefined
    const oldMs = this.#env.monoMs() - this.#settings.idleMs
    // The first ones have lain longest.
    while (this.#idle.length > 0 && this.#idle[0]!.idleSinceMs <= oldMs) void this.#end(this.#idle.shift()!)
    if (this.#idle.length > 0) this.#watchIdle()
  }
}

const closedPool = (name: string) => new FiberWorkError('FW_DRIVER_CLOSED', `Db "${name}" was closed.`)
