import type { Env, Timer } from '../base/env.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { Attempt } from './attempt.ts'
import type { Roster } from './roster.ts'

const scanMsMin = 10

/**
 * Timeouts and stuck handlers. Instead of a timer a job there is one timer for all, set to the nearest deadline that was
 * seen; when it fires, the running fibers are looked through once. Ten thousand fibers take some 50 µs to look through,
 * at most a hundred times a second; a job that ends in time costs nothing at all.
 */
export class Watch {
  readonly #env: Env
  readonly #roster: Roster
  readonly #onStuck: (attempt: Attempt) => void
  #timer: Timer | undefined
  #nextMonoMs = Infinity

  constructor(env: Env, roster: Roster, onStuck: (attempt: Attempt) => void) {
    this.#env = env
    this.#roster = roster
    this.#onStuck = onStuck
  }

  /** Look again when this fiber is due, if nothing else is due before. */
  expect(atMonoMs: number): void {
    if (atMonoMs >= this.#nextMonoMs) return
    this.#env.clearTimer(this.#timer)
    this.#nextMonoMs = atMonoMs
    const delayMs = Math.max(scanMsMin, Math.ceil(atMonoMs - this.#env.monoMs()))
    this.#timer = this.#env.setTimer(() => this.#scan(), delayMs, 'idle')
  }

  /** A fiber was told to stop: it may go on for this long before it counts as stuck. */
  expectEnd(fiber: Fiber): void {
    fiber.stuckMonoMs = this.#env.monoMs() + fiber.stuckMs
    this.expect(fiber.stuckMonoMs)
  }

  end(): void {
    this.#env.clearTimer(this.#timer)
    this.#nextMonoMs = -Infinity
  }

  #scan(): void {
    const nowMonoMs = this.#env.monoMs()
    let next = Infinity
    this.#nextMonoMs = Infinity
    for (const attempt of this.#roster.attempts()) {
      const { fiber } = attempt
      if (fiber.stop === undefined && fiber.deadlineMonoMs <= nowMonoMs) this.#timeOut(fiber, nowMonoMs)
      else if (fiber.stuckMonoMs <= nowMonoMs) this.#onStuck(attempt)
      next = Math.min(next, fiber.stop === undefined ? fiber.deadlineMonoMs : fiber.stuckMonoMs)
    }
    if (next < Infinity) this.expect(next)
  }

  #timeOut(fiber: Fiber, nowMonoMs: number): void {
    const limitMs = Math.round(fiber.deadlineMonoMs - fiber.startedMonoMs)
    const message = `The job ran longer than its ${limitMs} ms (\`timeoutMs\`).`
    fiber.abort('timeout', new FiberWorkError('FW_HANDLER_TIMEOUT', message))
    fiber.stuckMonoMs = nowMonoMs + fiber.stuckMs
  }
}
