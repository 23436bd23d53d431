import { syncBuiltinESMExports } from 'node:module'
import { promisify } from 'node:util'
import { systemEnv, type Timer } from '../base/env.ts'
import { type Handle, storage } from '../sandbox/storage.ts'
import type { FakeClock } from './clock.ts'

type Run = (...values: unknown[]) => void
type Holder = Record<string, unknown>

/** Whose time is another one. What a job leaves behind stays in it. */
const clocks = new WeakMap<Handle, FakeClock>()
let users = 0
let restore: () => void = () => {}
/** Our own timers, and those of our facades, which may outlive the job: the real ones, whoever sets them. */
let ours = 0

export function setClock(handle: Handle, clock: FakeClock): void {
  clocks.set(handle, clock)
}

/** The clock of the job that runs here. */
function clockHere(): FakeClock | undefined {
  if (ours > 0) return undefined
  const handle = storage.getStore()
  return handle === undefined ? undefined : clocks.get(handle)
}

/**
 * For jobs with a clock of their own, and for nobody else, `setTimeout`, `setInterval`, `Date`, `AbortSignal.timeout` and
 * `timers/promises` go by that clock. Answers the undo; the last of several restores what was there.
 */
export function installFakeTime(): () => void {
  if (users++ === 0) restore = replaceAll()
  let mine = true
  return () => {
    if (!mine) return
    mine = false
    if (--users === 0) restore()
  }
}

/** What `setTimeout` answers in fake time: as much of Node's as there is a use for. */
class FakeTimeout {
  readonly #clock: FakeClock
  readonly #fire: () => void
  readonly #everyMs: number | undefined
  readonly #ms: number
  #timer: Timer | undefined

  constructor(clock: FakeClock, run: () => void, ms: number, repeats: boolean) {
    this.#clock = clock
    this.#ms = Math.max(1, ms)
    this.#everyMs = repeats ? this.#ms : undefined
    this.#fire = () => {
      this.#timer = this.#everyMs === undefined ? undefined : this.#set()
      run()
    }
    this.#timer = this.#set()
  }

  close(): this {
    this.#clock.clearTimer(this.#timer)
    this.#timer = undefined
    return this
  }
  refresh(): this {
    this.close()
    this.#timer = this.#set()
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
  hasRef(): boolean {
    return true
  }
  [Symbol.dispose](): void {
    this.close()
  }

  #set(): Timer {
    return this.#clock.setTimer(this.#fire, this.#ms)
  }
}

function replaceAll(): () => void {
  const globals = globalThis as unknown as Holder
  const timers = process.getBuiltinModule('node:timers') as unknown as Holder
  const promises = process.getBuiltinModule('node:timers/promises') as unknown as Holder
  const undo = [
    ...[globals, timers].flatMap((holder) => [
      replace(holder, 'setTimeout', (original) => timerFunction(original, false)),
      replace(holder, 'setInterval', (original) => timerFunction(original, true)),
      replace(holder, 'clearTimeout', clearFunction),
      replace(holder, 'clearInterval', clearFunction),
    ]),
    replace(globals, 'Date', (original) => fakeDate(original as DateConstructor)),
    replace(promises, 'setTimeout', sleepFunction),
    replace(AbortSignal as unknown as Holder, 'timeout', abortFunction),
    replace(systemEnv as unknown as Holder, 'setTimer', (original) => (...given: unknown[]) => {
      ours++
      try {
        return (original as Run)(...given)
      } finally {
        ours--
      }
    }),
  ]
  syncBuiltinESMExports()
  return () => {
    for (const one of undo.toReversed()) one()
    syncBuiltinESMExports()
  }
}

function replace(holder: Holder, name: string, make: (original: unknown) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(holder, name)!
  const made = make(before.value ?? holder[name])
  Object.defineProperty(holder, name, {
    value: made,
    writable: true,
    configurable: true,
    enumerable: before.enumerable!,
  })
  // Somebody has put another one over it since: that one stays.
  return () => void (holder[name] === made && Object.defineProperty(holder, name, before))
}

function timerFunction(original: unknown, repeats: boolean): unknown {
  const real = original as (run: Run, ms?: number, ...values: unknown[]) => unknown
  const faked = (run: Run, ms = 1, ...values: unknown[]) => {
    const clock = clockHere()
    if (clock === undefined || typeof run !== 'function') return real(run, ms, ...values)
    return new FakeTimeout(clock, () => run(...values), Number(ms) || 1, repeats)
  }
  if (repeats) return faked
  const slept = (real as { [promisify.custom]?: unknown })[promisify.custom]
  return Object.defineProperty(faked, promisify.custom, { value: sleepFunction(slept), configurable: true })
}

function clearFunction(original: unknown): unknown {
  return (timer: unknown) => {
    if (timer instanceof FakeTimeout) timer.close()
    else (original as Run)(timer)
  }
}

function sleepFunction(original: unknown): unknown {
  return (ms?: number, value?: unknown, options: { signal?: AbortSignal } = {}) => {
    const clock = clockHere()
    if (clock === undefined) return (original as (...given: unknown[]) => unknown)(ms, value, options)
    return new Promise((resolve, reject) => {
      const { signal } = options
      const aborted = () => {
        timer.close()
        const error = new Error('The operation was aborted', { cause: signal!.reason })
        reject(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }))
      }
      const ended = () => (signal?.removeEventListener('abort', aborted), resolve(value))
      const timer = new FakeTimeout(clock, ended, Number(ms) || 1, false)
      if (signal?.aborted === true) aborted()
      else signal?.addEventListener('abort', aborted, { once: true })
    })
  }
}

function abortFunction(original: unknown): unknown {
  return (ms: number) => {
    const clock = clockHere()
    if (clock === undefined) return (original as (ms: number) => AbortSignal).call(AbortSignal, ms)
    const controller = new AbortController()
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    clock.setTimer(() => controller.abort(reason), ms)
    return controller.signal
  }
}

/** The same class, but that it is later or earlier. */
function fakeDate(original: DateConstructor): DateConstructor {
  const now = () => clockHere()?.nowMs() ?? original.now()
  return new Proxy(original, {
    construct: (target, given: unknown[], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as object,
    apply: (target) => String(Reflect.construct(target, [now()])),
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
  })
}
