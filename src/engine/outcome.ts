import { type Backoff, backoffMs } from '../base/backoff.ts'
import { defaults } from '../base/defaults.ts'
import { emit } from '../base/emit.ts'
import type { Env } from '../base/env.ts'
import { FiberWorkError, isFiberWorkError } from '../contract/errors.ts'
import { UpstreamFrozenError } from '../contract/upstream.ts'
import type { Verdict } from '../contract/verdict.ts'
import { GiveUp, RetryIn, Snooze } from '../job/control.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import type { Attempt } from './attempt.ts'
import { delayByAgeMs } from './by-age.ts'
import { errorText } from './error-text.ts'
import { jobEvent } from './events.ts'

const onErrorMsMax = 10_000
/** Errors before the handler's first line: no attempt can mend them. */
const hopeless = new Set([
  'FW_INPUT_INVALID',
  'FW_BODY_INVALID',
  'FW_BODY_SEALED',
  'FW_KEY_UNKNOWN',
  'FW_UPGRADE_FAILED',
  'FW_AUTH_INVALID',
])

/**
 * What becomes of a job whose attempt threw, or was told to stop. Undefined: nothing may be written, its loan is gone.
 */
export async function judge(attempt: Attempt, thrown: unknown, env: Env): Promise<Verdict | undefined> {
  try {
    return await judged(attempt, thrown, env)
  } catch {
    // A proxy that throws when it is asked what it is.
    return inBackoff(attempt, new Error('What was thrown cannot be looked at.'), env)
  }
}

async function judged(attempt: Attempt, thrown: unknown, env: Env): Promise<Verdict | undefined> {
  if (attempt.fiber.written !== undefined) return afterwards(attempt.fiber, thrown)
  switch (attempt.fiber.stop?.kind) {
    case 'revoked':
      return undefined
    case 'cancelled':
      return { kind: 'cancelled', reason: errorText(attempt.fiber.stop.error) }
    case 'shutdown':
      return { kind: 'release', error: errorText(attempt.fiber.stop.error) }
    case 'blamed':
      return isSuspect(attempt.fiber.stop.error)
        ? releaseOfSuspect(attempt, attempt.fiber.stop.error, env)
        : policy(attempt, attempt.fiber.stop.error, env)
    case 'timeout':
      return policy(attempt, attempt.fiber.stop.error, env)
    default:
      return policy(attempt, thrown, env)
  }
}

/** It is settled already. What comes after that changes nothing, and is told. */
function afterwards(fiber: Fiber, error: unknown): Verdict | undefined {
  const { verdict } = fiber.written!
  if (verdict?.kind === 'done') emit('job.failedLate', () => ({ ...jobEvent(fiber), error }))
  return verdict
}

function isSuspect(error: unknown): boolean {
  return isFiberWorkError(error) && error.code === 'FW_SUSPECT'
}

/** If it is the culprit after all, it condemns the next process too: later each time, so that the others get through. */
function releaseOfSuspect({ fiber }: Attempt, error: unknown, env: Env): Verdict {
  return { kind: 'release', due: { inMs: delayByAgeMs(fiber.loan, env) }, error: errorText(error) }
}

async function policy(attempt: Attempt, error: unknown, env: Env): Promise<Verdict> {
  const exact = controlled(attempt, error)
  if (exact !== undefined) return exact
  if (error instanceof FiberWorkError && hopeless.has(error.code) && !error.retryable && !attempt.fiber.entered) {
    return { kind: 'dead', reason: errorText(error) }
  }
  const { onError } = attempt.handler.options
  if (onError === undefined) return byPolicy(attempt, error, env)
  try {
    const answer = await timely(onError(error, attempt.context), env)
    if (answer === 'dead') return { kind: 'dead', reason: errorText(error) }
    if (answer === 'retry') return inBackoff(attempt, error, env)
    return controlled(attempt, answer) ?? byPolicy(attempt, error, env)
  } catch (second) {
    return byPolicy(attempt, second, env)
  }
}

/** An `onError` that does not answer leaves the decision to the policy. */
function timely<A>(answer: A | Promise<A>, env: Env): A | Promise<A | undefined> {
  if (!(answer instanceof Promise)) return answer
  return new Promise((resolve, reject) => {
    const timer = env.setTimer(() => resolve(undefined), onErrorMsMax, 'idle')
    answer.then(resolve, reject).finally(() => env.clearTimer(timer))
  })
}

function controlled(attempt: Attempt, error: unknown): Verdict | undefined {
  if (error instanceof Snooze) return { kind: 'release', due: { inMs: error.ms }, error: errorText(error) }
  if (error instanceof UpstreamFrozenError) {
    return { kind: 'release', due: { inMs: error.releaseMs }, error: errorText(error) }
  }
  if (error instanceof GiveUp) return { kind: 'dead', reason: errorText(error) }
  if (error instanceof RetryIn) return again(attempt, error, error.ms)
  return undefined
}

/** Retried, unless the error itself says that no retry can help: a 404 for example, thrown by `response.throw()`. */
function byPolicy(attempt: Attempt, error: unknown, env: Env): Verdict {
  if (error instanceof FiberWorkError && !error.retryable) return { kind: 'dead', reason: errorText(error) }
  return inBackoff(attempt, error, env)
}

function inBackoff(attempt: Attempt, error: unknown, env: Env): Verdict {
  const backoff: Backoff = attempt.overrides?.backoff ?? attempt.handler.options.backoff ?? defaults.backoff
  try {
    return again(attempt, error, backoffMs(backoff, attempt.fiber.loan.attempts, env.random, error))
  } catch (broken) {
    return again(attempt, broken, backoffMs(defaults.backoff, attempt.fiber.loan.attempts, env.random))
  }
}

/** Once more if an attempt is left, else dead. */
function again(attempt: Attempt, error: unknown, inMs: number): Verdict {
  const text = errorText(error)
  if (attempt.fiber.loan.attempts >= attempt.context.attemptsMax) return { kind: 'dead', reason: text }
  return { kind: 'retry', due: { inMs }, error: text }
}
