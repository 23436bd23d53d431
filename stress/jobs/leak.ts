import { setTimeout as sleep } from 'node:timers/promises'
import { isFiberWorkError } from '../../src/contract/errors.ts'
import { defineJob } from '../../src/job/definition.ts'
import type { JobContext } from '../../src/job/context.ts'
import { common, type Expectation, type Input, type Kind, pick, retryMs, type World } from './kind.ts'

const lateMs = 100
/** How long after the last job something may still come from a leak. */
export const leaksLastMs = 5 * lateMs

const expected = {
  // Pinned on the job while it runs: that attempt fails, the next one is clean.
  rejection: { state: 'done', executions: 2 },
  'late-rejection': { state: 'done', executions: 1 },
  timer: { state: 'done', executions: 1 },
  call: { state: 'done', executions: 1 },
} satisfies Record<string, Expectation>
type Variant = keyof typeof expected

/** Leaves something behind: a promise that nobody awaits, a timer that goes on, a call through the facade. */
export const leakKind: Kind = {
  handlers: (world) => [
    defineJob('leak', common(world), async (input, job) => {
      world.began(input.n)
      leave(input, job, world)
      if (input.variant === 'rejection' && job.attempt === 1) await sleep(lateMs / 2)
    }),
  ],
  plan(n, dice) {
    const variant = pick<Variant>(dice, { rejection: 2, 'late-rejection': 1, timer: 1, call: 1 })
    const again = variant === 'rejection'
    return {
      job: 'leak',
      input: { n, variant, ms: 0, url: `${dice.origin()}/leak` },
      expect: expected[variant],
      need: { chainMs: again ? lateMs / 2 + retryMs : 0, slotMs: again ? lateMs / 2 : 0, loopMs: 0 },
    }
  },
}

function leave({ n, variant, url }: Input, job: JobContext, world: World): void {
  if (variant === 'rejection' && job.attempt === 1) void Promise.reject(new Error('nobody awaits this'))
  if (variant === 'late-rejection')
    void sleep(lateMs).then(() => Promise.reject(new Error('nobody awaits this either')))
  if (variant === 'call') void job.http.get(url)
  if (variant === 'timer') {
    let ticks = 0
    const timer = setInterval(() => {
      if (++ticks === 3) clearInterval(timer)
      if (!isFenced(job)) world.broken(n, 'a timer reached its job after the end')
    }, lateMs)
  }
}

/** A job that has ended refuses what comes late. */
function isFenced(job: JobContext): boolean {
  try {
    job.defer(() => {})
    return false
  } catch (error) {
    return isFiberWorkError(error) && error.code === 'FW_JOB_SETTLED'
  }
}
