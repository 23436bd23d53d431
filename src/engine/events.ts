import { emit } from '../base/emit.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf as jobEvent } from '../sandbox/label.ts'

/** What a job's events say of it. */
export { jobEvent }

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
    traceparent: fiber.loan.job.headers?.['traceparent'],
  }))
}

/** A fiber that settles now leaves facade calls behind. Those that can be told end with it. */
export function tellZombie(fiber: Fiber): void {
  emit('job.zombie', () => {
    const calls = [...fiber.calls]
    const closed = calls.filter(({ onStop }) => onStop !== undefined).map(({ what }) => what)
    return { ...jobEvent(fiber), left: calls.map(({ what }) => what), closed, kinds: { call: calls.length } }
  })
}

function errorOf(verdict: Exclude<Verdict, { kind: 'done' }>): string | undefined {
  return 'reason' in verdict ? verdict.reason : verdict.error
}
