import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { machineMs } from '../base/env.ts'
import type { Answer } from './look.ts'
import type { Found } from './messages.ts'
import type { NativeView } from './native.ts'
import type { Shared } from './shared.ts'
import { Watch } from './watch.ts'

const answerOf = (id: string): Answer => ({ job: { id, name: id, queue: 'q', attempt: 1 }, stack: [] })

/** A watch over a main thread that is silent from now on; what it asks waits for the test to answer. */
function watching() {
  const shared = { beatAtMs: machineMs(), debugged: false }
  const asked: ((answer: Answer, answeredMs: number) => void)[] = []
  const recovered: Found[] = []
  const watch = new Watch({
    shared: shared as Shared,
    native: { begin: () => {}, tell: () => 'waits' } as unknown as NativeView,
    askMs: 40,
    blockMsMax: 40,
    stallMsMax: 60_000,
    ask: (onAnswer) => (asked.push(onAnswer), { close: () => {} }),
    blocked: () => {},
    recovered: (found) => void recovered.push(found),
    stalled: () => {},
  })
  return { shared, asked, recovered, watch }
}

it.each([
  ['whose answer came after a second, before who answers at once when it is over', 1_200, 5, 'first'],
  ['who kept the loop for longer, though later', 300, 1_200, 'second'],
])('suspects %s', async (_, firstMs, secondMs, suspect) => {
  const { shared, asked, recovered, watch } = watching()
  await sleep(60)
  watch.look()
  asked[0]!(answerOf('first'), firstMs)
  await sleep(150)
  watch.look()
  expect(asked).toHaveLength(2)
  shared.beatAtMs = machineMs()
  asked[1]!(answerOf('second'), secondMs)
  watch.look()
  expect(recovered.map(({ block }) => [block.sure, block.job?.id])).toEqual([['suspect', suspect]])
})
