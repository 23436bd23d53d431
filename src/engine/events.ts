import { emit, tell } from '../base/emit.ts'
import type { Events } from '../contract/events.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf as jobEvent } from '../sandbox/label.ts'

/** What a job's events say of it. */
export { jobEvent }

/** To be asked for only where somebody hears it. One object a job and nothing else: what else is made here, is garbage of every job. */
export function tellStarted(fiber: Fiber): void {
  const { waitedMs, crashes } = fiber.loan
  const event = jobEvent(fiber) as Events['job.started']
  event.waitedMs = waitedMs
  event.crashes = crashes
  tell('job.started', event)
}

/** As `tellStarted`. Without a verdict nothing was written: the loan had been taken back. */
export function tellEnded(fiber: Fiber, verdict: Verdict | undefined, nowMonoMs: number): void {
  const event = jobEvent(fiber) as Events['job.ended']
  event.verdict = verdict?.kind ?? 'release'
  event.runMs = nowMonoMs - fiber.startedMonoMs
  event.timedOut = fiber.stop?.kind === 'timeout'
  event.error = errorOf(verdict)
  event.traceparent = fiber.loan.job.headers?.['traceparent']
  tell('job.ended', event)
}

/** A fiber that settles now leaves facade calls behind. Those that can be told end with it. */
export function tellZombie(fiber: Fiber): void {
  emit('job.zombie', () => {
    const calls = [...fiber.calls]
    const closed = calls.filter(({ onStop }) => onStop !== undefined).map(({ what }) => what)
    return { ...jobEvent(fiber), left: calls.map(({ what }) => what), closed, kinds: { call: calls.length } }
  })
}

/** What it failed with, as text; of what was done, nothing. */
export function errorOf(verdict: Verdict | undefined): string | undefined {
  if (verdict === undefined || verdict.kind === 'done') return undefined
  return 'reason' in verdict ? verdict.reason : verdict.error
}
