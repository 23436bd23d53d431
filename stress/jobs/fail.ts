import { GiveUp, RetryIn, Snooze } from '../../src/job/control.ts'
import { defineJob } from '../../src/job/definition.ts'
import { common, type Expectation, type Kind, pick, retryMs } from './kind.ts'

const expected = {
  always: { state: 'dead', executions: 2 },
  once: { state: 'done', executions: 2 },
  'gives-up': { state: 'dead', executions: 1 },
  snoozes: { state: 'done', executions: 2 },
  'retries-in': { state: 'done', executions: 2 },
  'throws-null': { state: 'dead', executions: 2 },
  'throws-a-circle': { state: 'dead', executions: 2 },
} satisfies Record<string, Expectation>
type Variant = keyof typeof expected

/** Throws: an error, a control error, or what nobody should throw. */
export const failKind: Kind = {
  handlers: (world) => [
    defineJob('fail', common(world), async ({ n, variant }, job) => {
      world.began(n)
      await Promise.resolve()
      throwAs(variant as Variant, job.attempt === 1 && !seen.delete(job.id), job.id)
    }),
  ],
  plan(n, dice) {
    const variant = pick<Variant>(dice, {
      always: 3,
      once: 3,
      'gives-up': 1,
      snoozes: 1,
      'retries-in': 1,
      'throws-null': 1,
      'throws-a-circle': 1,
    })
    const expect = expected[variant]
    return {
      job: 'fail',
      input: { n, variant, ms: 0, url: '' },
      expect,
      need: { chainMs: retryMs * (expect.executions - 1), slotMs: 0, loopMs: 0 },
    }
  },
}

/** Jobs that have snoozed once: a snooze gives the attempt back, so that the number does not tell. */
const seen = new Set<string>()

function throwAs(variant: Variant, isFirst: boolean, id: string): void {
  if (variant === 'gives-up') throw new GiveUp('there is no such address')
  if (variant === 'always') throw new Error('as always')
  if (variant === 'throws-null') throw null
  if (variant === 'throws-a-circle') {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    throw circle
  }
  if (!isFirst) return
  if (variant === 'once') throw new Error('the first time only')
  if (variant === 'retries-in') throw new RetryIn(retryMs)
  seen.add(id)
  throw new Snooze(retryMs)
}
