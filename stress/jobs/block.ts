import { defineJob } from '../../src/job/definition.ts'
import { common, type Kind } from './kind.ts'

/** Keeps the event loop to itself for 50 to 200 ms: what no job should do, and every third program does. */
export const blockKind: Kind = {
  handlers: (world) => [
    defineJob('block', common(world), ({ n, ms }) => {
      world.began(n)
      const end = performance.now() + ms
      let turns = 0
      while (performance.now() < end) turns++
      return turns
    }),
  ],
  plan(n, dice) {
    const ms = Math.round(50 + 150 * dice.random())
    return {
      job: 'block',
      input: { n, variant: 'busy', ms, url: '' },
      expect: { state: 'done', executions: 1 },
      need: { chainMs: ms, slotMs: ms, loopMs: ms },
    }
  },
}
