import { AsyncLocalStorage } from 'node:async_hooks'
import { type Env, systemEnv, type Timer } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { lookEveryMs } from '../engine/governor.ts'

interface Due {
  atMs: number
  seq: number
  run: () => void
  /** The worker looks after itself, ten times a second: what that causes needs no turn of the event loop. */
  idle: boolean
}

/** Turns of the real event loop after each step: promise reactions and what answers at once come to an end in them. */
const turnsMin = 10
/** Where files or names are being looked up, so many more; then it is no longer waited for them. */
const turnsMax = 20_000
const lookSeldomMs = 60_000
/** What runs of the worker's own in one step, if nothing else is due. */
const idlesMax = 100

/**
 * Time that stands still until it is told to go on: `clock.advance(ms)` runs what becomes due on the way, in order, and lets
 * everything that it causes come to an end before the next. It is an `Env`, for `connect(url, { env: clock })`; `runJob` and
 * `testClient` take it as `time`.
 */
export class FakeClock implements Env {
  readonly #startMs: number
  #passedMs = 0
  #seq = 0
  #idleRuns = 0
  #due: Due[] = []
  #last: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined

  /** Now by default; a date makes what a handler says of time repeatable. */
  constructor(startsAt: number | Date = systemEnv.nowMs()) {
    this.#startMs = Number(startsAt)
    if (!Number.isFinite(this.#startMs)) throw wrong(`a FakeClock starts at a time, not at ${String(startsAt)}`)
  }

  readonly nowMs = (): number => this.#startMs + Math.floor(this.#passedMs)
  readonly monoMs = (): number => this.#passedMs
  readonly setTimer = (run: () => void, delayMs: number, kind?: 'idle'): Timer => {
    // The load of the process is real, whatever time it is here: it need not be looked at 36,000 times an hour.
    const waitMs = kind === 'idle' && delayMs === lookEveryMs ? lookSeldomMs : delayMs
    const atMs = this.#passedMs + Math.max(0, Number.isFinite(waitMs) ? waitMs : 0)
    const timer: Due = { atMs, seq: this.#seq++, run: AsyncLocalStorage.bind(run), idle: kind === 'idle' }
    this.#due.push(timer)
    return { timer }
  }
  readonly clearTimer = (timer: Timer | undefined): void => {
    if (timer !== undefined) this.#due = this.#due.filter((due) => due !== timer.timer)
  }
  readonly immediate = (run: () => void): void => systemEnv.immediate(run)
  readonly afterReactions = (run: () => void): void => systemEnv.afterReactions(run)
  readonly random = (): number => systemEnv.random()
  readonly id = (): string => systemEnv.id()

  /** Timers that wait. */
  get pending(): number {
    return this.#due.length
  }

  /**
   * Let so much time pass. Calls one after the other pass one after the other. Rejects with what a timer throws,
   * and with `FW_CONFIG_INVALID`.
   */
  advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) return Promise.reject(wrong(`advance takes milliseconds ≥ 0, not ${ms}`))
    return this.#afterwards(async () => {
      const untilMs = this.#passedMs + ms
      await turns()
      await this.#stopped
      for (let next = this.#take(untilMs); next !== undefined; next = this.#take(untilMs)) {
        await this.#run(next)
        await this.#stopped
      }
      this.#passedMs = Math.max(this.#passedMs, untilMs)
    })
  }

  /** Let what is under way come to an end, then go to the next timer, unless `hold` says that something else is waited for. */
  async step(hold: () => boolean = () => false): Promise<void> {
    await turns()
    for (let idles = 0; idles < idlesMax && !hold(); idles++) {
      const next = this.#take(Infinity)
      if (next !== undefined) await this.#run(next)
      if (next?.idle !== true) return
    }
  }

  /** Whoever advances it waits, until what this answers is called: somebody looks at what has come of it so far. */
  stop(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#stopped = promise
    return () => {
      this.#stopped = undefined
      resolve()
    }
  }

  /** Time jumps, and what has become due meanwhile runs with the next step: as if everything had stood still. */
  skip(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) throw wrong(`skip takes milliseconds ≥ 0, not ${ms}`)
    this.#passedMs += ms
  }

  #afterwards(run: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(run)
    this.#last = mine.catch(() => {})
    return mine
  }

  async #run({ atMs, run, idle }: Due): Promise<void> {
    this.#passedMs = Math.max(this.#passedMs, atMs)
    run()
    if (idle && ++this.#idleRuns % 100 !== 0) await new Promise<void>((resolve) => systemEnv.afterReactions(resolve))
    else await turns()
  }

  #take(untilMs: number): Due | undefined {
    let first: Due | undefined
    for (const due of this.#due) {
      if (due.atMs > untilMs) continue
      if (first === undefined || due.atMs < first.atMs || (due.atMs === first.atMs && due.seq < first.seq)) first = due
    }
    if (first !== undefined) this.clearTimer({ timer: first })
    return first
  }
}

/** Lets the real event loop turn, and waits for files and names, which answer without a timer. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < turnsMax; turn++) {
    if (turn >= turnsMin && !process.getActiveResourcesInfo().some((name) => name.includes('Req'))) return
    await new Promise<void>((resolve) => systemEnv.immediate(resolve))
  }
}

function wrong(message: string): FiberWorkError {
  return new FiberWorkError('FW_CONFIG_INVALID', `${message}.`)
}
