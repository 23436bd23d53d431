import { emit } from '../base/emit.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf as jobEvent } from '../sandbox/label.ts'

/** What a job's events say of it. */
export { labelOf as jobEvent } from '../sandbox/label.ts'

export function tellStarted(fiber: Fiber): void {
  const { waitedMs, crashes } = fiber.loan
  emit('job.started', () => ({ ...jobEvent(fiber), waitedMs, crashes }))
}

/** Without a verdict nothing was written: the loan had been taken back. */
export function tellEnded(fiber: Fiber, verdict: Verdict | undefined, nowMonoMs: number): void {
  emit('job.ended', () => ({
    ...jobEvent(fiber),
    verdict: verdict?.kind ?? 'release',
    runMs: nowMonoMs - fiber.startedMonoMs,
    timedOut: fiber.stop?.kind === 'timeout',
    error: verdict === undefined || verdict.kind === 'done' ? undefined : errorOf(verdict),
  }))
}

/** A settled fiber left facade calls behind. */
export function tellZombie(fiber: Fiber): void {
  const left = [...fiber.calls].map((call) => call.what)
  emit('job.zombie', () => ({ ...jobEvent(fiber), left }))
}

function errorOf(verdict: Exclude<Verdict, { kind: 'done' }>): string | undefined {
  return 'reason' in verdict ? verdict.reason : verdict.error
}
