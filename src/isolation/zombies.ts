import { emit } from '../base/emit.ts'
import type { Env, Timer } from '../base/env.ts'
import type { Zombies } from '../contract/events.ts'
import type { Isolation } from '../contract/isolation.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf as jobEvent } from '../sandbox/label.ts'
import { type Handle, outside } from '../sandbox/storage.ts'
import { MadeHook, type OnMade } from './hook.ts'
import { madeHere } from './made.ts'
import { SamplingWindows } from './sampling.ts'
import { type Left, Trace } from './trace.ts'
import { followUnhooked } from './unhooked.ts'

/** What ends by itself within this time after its job is no zombie. */
const graceMs = 100
/** How often jobs that have made something are looked at. */
const lookMs = 50
/** Jobs that are followed at once; beyond, the next ones are not. */
const tracesMax = 20_000
/** Texts of one event. */
const leftMax = 20

export interface ZombiePorts {
  env: Env
  /** `sample`: what is made in windows; `warn`: all that is made; `strict`: what is left of it is ended as well. */
  level: Exclude<Isolation, 'off'>
  /** Does this worker run the fiber? Another one in the process takes care of its own. */
  owns: (fiber: Fiber) => boolean
}

/**
 * Follows what jobs make that can outlive them (timers, sockets, servers, child processes, threads, watchers, listeners on process),
 * and tells what is still there when they have ended.
 */
export class ZombieWatch {
  readonly #ports: ZombiePorts
  readonly #traces = new Map<Handle, Trace>()
  readonly #hook = new MadeHook((...made) => this.#made(...made))
  readonly #windows: SamplingWindows | undefined
  #unlisten: (() => void) | undefined
  #looking: Timer | undefined

  constructor(ports: ZombiePorts) {
    this.#ports = ports
    if (ports.level === 'sample') this.#windows = new SamplingWindows(ports.env, this.#hook)
  }

  start(): void {
    this.#unlisten = followUnhooked((...made) => this.#made(...made))
    if (this.#windows === undefined) this.#hook.enable()
    else this.#windows.start()
  }

  /** Jobs that have just ended are looked at once more; of those that have not, nothing more is told. */
  end(): void {
    this.#windows?.end()
    this.#hook.disable()
    this.#unlisten?.()
    for (const [handle] of this.#traces) if (handle.fiber !== undefined) this.#traces.delete(handle)
  }

  entered(): void {
    this.#windows?.entered()
  }

  /** Most of what jobs make has ended by now: those are forgotten while they are young. */
  left({ handle }: Fiber): undefined {
    if (this.#traces.get(handle)?.anyAlive === false) this.#traces.delete(handle)
    return undefined
  }

  #made(...[handle, kind, thing, above]: Parameters<OnMade>): void {
    const trace = this.#traces.get(handle) ?? this.#follow(handle)
    if (trace === undefined) return
    trace.add(kind, thing, madeHere(above))
    this.#windows?.followed()
  }

  #follow(handle: Handle): Trace | undefined {
    const { fiber } = handle
    if (fiber === undefined || this.#traces.size >= tracesMax || !this.#ports.owns(fiber)) return undefined
    const trace = new Trace(handle, jobEvent(fiber))
    this.#traces.set(handle, trace)
    this.#lookLater()
    return trace
  }

  /** One timer for all jobs that have made something, and none while there are none; it belongs to no job itself. */
  #lookLater(): void {
    if (this.#looking !== undefined) return
    this.#looking = outside(() => this.#ports.env.setTimer(() => this.#look(), lookMs, 'idle'))
  }

  #look(): void {
    const nowMonoMs = this.#ports.env.monoMs()
    this.#looking = undefined
    for (const [handle, trace] of this.#traces) {
      if (handle.fiber !== undefined) continue
      trace.endedMonoMs ??= nowMonoMs
      if (nowMonoMs - trace.endedMonoMs < graceMs) continue
      this.#traces.delete(handle)
      this.#judge(trace)
    }
    if (this.#traces.size > 0) this.#lookLater()
  }

  #judge(trace: Trace): void {
    const left = trace.left()
    if (left.length === 0) return
    const closed = this.#ports.level === 'strict' ? left.filter(close) : []
    emit('job.zombie', () => ({ ...trace.job, ...zombiesOf(left, closed) }))
  }
}

function close({ close: end }: Left): boolean {
  try {
    const ending = end()
    if (ending instanceof Promise) ending.catch(() => {})
    return true
  } catch {
    return false
  }
}

function zombiesOf(left: Left[], closed: Left[]): Zombies {
  const kinds: Zombies['kinds'] = {}
  for (const { kind } of left) kinds[kind] = (kinds[kind] ?? 0) + 1
  const texts = (these: Left[]) => these.slice(0, leftMax).map(({ text }) => text)
  return { left: texts(left), closed: texts(closed), kinds, stacks: left.slice(0, leftMax).map(({ stack }) => stack) }
}
