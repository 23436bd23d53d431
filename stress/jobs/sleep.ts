import { setTimeout as sleep } from 'node:timers/promises'
import { defineJob } from '../../src/job/definition.ts'
import { common, type Kind, waiting } from './kind.ts'

/** Waits for a timer, 0.1 to 1 times the service's latency: the well-behaved majority. */
export const sleepKind: Kind = {
  handlers: (world) => [
    defineJob('sleep', common(world), async ({ n, ms }, job) => {
      world.began(n)
      await sleep(ms, undefined, { signal: job.signal })
    }),
  ],
  plan(n, dice) {
    const ms = Math.round(dice.latencyMs * (0.1 + 0.9 * dice.random()))
    return {
      job: 'sleep',
      input: { n, variant: 'plain', ms, url: '' },
      expect: { state: 'done', executions: 1 },
      need: waiting(ms),
      plannedMs: ms,
    }
  },
}
