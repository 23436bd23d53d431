import { expect, test, vi } from 'vitest'
import { job, world } from '../../test/support/postgres-world.ts'
import { expectTrimAmongOthers, expectTrimOfDone } from '../../test/support/trimming.ts'
import { inspectorOf } from '../conformance/law.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

test('failures of a queue are forgotten behind many of another one', async (context) => {
  await expectTrimAmongOthers(await (await world(context)).open())
})

test('done jobs are forgotten to the very count, those that were removed or retried aside', async (context) => {
  await expectTrimOfDone(await (await world(context)).open())
})

test('groups: a job that is due is ready, also while nobody looks for it', async (context) => {
  const hand = await (await world(context)).open()
  await hand.add(job('a', { group: 'a', due: { inMs: 1 } }), job('b', { group: 'b', due: { inMs: 60_000 } }))
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(await inspectorOf(hand).groups!('q', 10)).toEqual([{ group: 'a', ready: 1, running: 0 }])
})
