import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from '../../src/job/definition.ts'
import type { JobContext } from '../../src/job/context.ts'
import { common, type Expectation, type Kind, pick, retryMs } from './kind.ts'

const timeoutMs = 300
const stuckMs = 400

const expected = {
  obeys: { state: 'dead', executions: 2 },
  once: { state: 'done', executions: 2 },
  deaf: { state: 'dead', executions: 2 },
  late: { state: 'done', executions: 1 },
} satisfies Record<string, Expectation>
type Variant = keyof typeof expected

/**
 * Takes longer than it may: it obeys its signal, or it is deaf and must be declared stuck, or it comes late with a value
 * that counts because it never asked for the signal.
 */
export const timeoutKind: Kind = {
  handlers: (world) => [
    defineJob('timeout', { ...common(world), timeoutMs, stuckMs }, async ({ n, variant }, job) => {
      world.began(n)
      if (variant === 'deaf') await new Promise(() => {})
      // Without an await, so that a blocked loop cannot make the second attempt late as well.
      if (variant === 'obeys' || job.attempt === 1) await untilAborted(job)
    }),
    // Not declared stuck before it comes, however often other jobs block the loop.
    defineJob('late', { ...common(world), timeoutMs }, async ({ n, ms }) => {
      world.began(n)
      await sleep(ms)
    }),
  ],
  plan(n, dice) {
    const variant = pick<Variant>(dice, { obeys: 3, once: 3, deaf: 2, late: 2 })
    const late = variant === 'late'
    const ms = late ? timeoutMs + 50 : timeoutMs
    const attemptsMs = late
      ? ms
      : variant === 'deaf'
        ? 2 * (timeoutMs + stuckMs)
        : variant === 'obeys'
          ? 2 * timeoutMs
          : timeoutMs
    return {
      job: late ? 'late' : 'timeout',
      input: { n, variant, ms, url: '' },
      expect: expected[variant],
      need: { chainMs: attemptsMs + (late ? 0 : retryMs), slotMs: attemptsMs, loopMs: 0 },
    }
  },
}

function untilAborted(job: JobContext): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(job.signal.reason as Error)
    if (job.signal.aborted) abort()
    else job.signal.addEventListener('abort', abort, { once: true })
  })
}
