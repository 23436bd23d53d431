import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import type { Emitter } from '../contract/scope.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber, Stop } from './fiber.ts'
import { labelOf as jobEvent } from './label.ts'
import { storage } from './storage.ts'

/** Something that was made for a job and ends with it: that is its contract, and it is no zombie. */
export interface Bound {
  /** The job was told to stop: timed out, cancelled, taken back. */
  stopped?(stop: Stop): void
  /** The job has ended: let go of it, without a word to anybody. */
  end(): void
}

type Listener = (...args: never[]) => unknown

/**
 * Resolves after `ms`, or rejects with the reason as soon as the job is told to stop. At the job's end it is forgotten: what waits
 * for it never goes on.
 */
export function sleepBound(env: Env, fiber: Fiber, ms: number): Promise<void> {
  checkMs('sleep', ms)
  return new Promise((resolve, reject) => {
    const timer = env.setTimer(() => {
      fiber.release(bound)
      resolve()
    }, ms)
    const bound: Bound = {
      end: () => env.clearTimer(timer),
      stopped(stop) {
        env.clearTimer(timer)
        fiber.release(bound)
        reject(stop.error)
      },
    }
    fiber.hold(bound)
    if (fiber.stop !== undefined) bound.stopped!(fiber.stop)
  })
}

/** Calls the function once, inside the job. Answers the function that clears it. */
export function timeoutBound(env: Env, fiber: Fiber, run: () => unknown, ms: number): () => void {
  checkMs('setTimeout', ms)
  const timer = env.setTimer(() => {
    fiber.release(bound)
    callInside(fiber, run)
  }, ms)
  const bound: Bound = { end: () => env.clearTimer(timer) }
  fiber.hold(bound)
  return () => letGo(fiber, bound)
}

/** Calls the function every `ms`, inside the job. Answers the function that clears it. */
export function intervalBound(env: Env, fiber: Fiber, run: () => unknown, ms: number): () => void {
  checkMs('setInterval', ms)
  const stepMs = Math.max(1, ms)
  let dueMonoMs = env.monoMs() + stepMs
  const tick = () => {
    // As seldom as it was asked for, on average, however late the loop is; what it missed meanwhile is not made up for.
    dueMonoMs = Math.max(dueMonoMs + stepMs, env.monoMs())
    timer = env.setTimer(tick, Math.max(0, dueMonoMs - env.monoMs()))
    callInside(fiber, run)
  }
  let timer = env.setTimer(tick, stepMs)
  const bound: Bound = { end: () => env.clearTimer(timer) }
  fiber.hold(bound)
  return () => letGo(fiber, bound)
}

/** Listens inside the job, until its end. Answers the function that stops it before. */
export function listenerBound(fiber: Fiber, emitter: Emitter, event: string | symbol, listener: Listener): () => void {
  const heard = function (this: unknown, ...args: never[]): void {
    const run = () => listener.apply(this, args)
    // Whoever emits has another span active, or none.
    callInside(fiber, fiber.trace === undefined ? run : () => fiber.trace!.carry(run))
  }
  const detach = attach(emitter, event, heard)
  const bound: Bound = {
    end() {
      try {
        detach()
      } catch (error) {
        emit('job.disposal', () => ({ ...jobEvent(fiber), what: `a listener to ${String(event)}`, error }))
      }
    },
  }
  fiber.hold(bound)
  return () => letGo(fiber, bound)
}

function attach(emitter: Emitter, event: string | symbol, heard: (...args: never[]) => void): () => void {
  if ('on' in emitter && typeof emitter.on === 'function') {
    emitter.on(event, heard as (...args: unknown[]) => void)
    return () => void emitter.off(event, heard as (...args: unknown[]) => void)
  }
  if ('addEventListener' in emitter && typeof event === 'string') {
    emitter.addEventListener(event, heard as unknown as (event: Event) => void)
    return () => emitter.removeEventListener(event, heard as unknown as (event: Event) => void)
  }
  throw new FiberWorkError(
    'FW_JOB_INVALID',
    `job.on() listens to an EventEmitter, or to an EventTarget by an event's name; this is neither.`,
  )
}

/**
 * A throw becomes a rejection that carries the job's sandbox: it fails this job, where an exception out of a timer or an emitter
 * would condemn the process.
 */
function callInside(fiber: Fiber, run: () => unknown): void {
  // An emitter goes on through a list that it has copied before the listener was removed.
  if (!fiber.settled) storage.run(fiber.handle, () => void (async () => run())())
}

function letGo(fiber: Fiber, bound: Bound): void {
  bound.end()
  fiber.release(bound)
}

function checkMs(verb: string, ms: number): void {
  if (Number.isFinite(ms) && ms >= 0) return
  throw new FiberWorkError('FW_JOB_INVALID', `job.${verb}() takes milliseconds, 0 or more; this is ${String(ms)}.`)
}
