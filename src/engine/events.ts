import { emit, tell } from '../base/emit.ts'
import type { Events } from '../contract/events.ts'
import type { Verdict } from '../contract/verdict.ts'
import type { Fiber } from '../sandbox/fiber.ts'
import { labelOf as jobEvent } from '../sandbox/label.ts'

/** What a job's events say of it. */
export { jobEvent }

/** To be asked for only where somebody hears it. One object a job and nothing else: what else is made here, is garbage of every job. */
export function tellStarted(fiber: Fiber): void {
  const { loan, worker, tenant } = fiber
  const { waitedMs, crashes, attempts: attempt } = loan
  const { id, name, queue, group } = loan.job
  const event: Events['job.started'] = { worker, id, name, queue, group, attempt, waitedMs, crashes }
  if (tenant !== undefined) event.tenant = tenant
  tell('job.started', event)
}

/** As `tellStarted`. Without a verdict nothing was written: the loan had been taken back. */
export function tellEnded(fiber: Fiber, verdict: Verdict | undefined, nowMonoMs: number): void {
  const { loan, worker, tenant } = fiber
  const { id, name, queue, group, headers } = loan.job
  const event: Events['job.ended'] = {
    worker,
    id,
    name,
    queue,
    group,
    attempt: loan.attempts,
    verdict: verdict?.kind ?? 'release',
    runMs: nowMonoMs - fiber.startedMonoMs,
    timedOut: fiber.stop?.kind === 'timeout',
    error: verdict === undefined || verdict.kind === 'done' ? undefined : errorOf(verdict),
    traceparent: headers?.['traceparent'],
  }
  if (tenant !== undefined) event.tenant = tenant
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

function errorOf(verdict: Exclude<Verdict, { kind: 'done' }>): string | undefined {
  return 'reason' in verdict ? verdict.reason : verdict.error
}
