import { join } from 'node:path'
import { expect, it } from 'vitest'
import { expectTrimAmongOthers, expectTrimOfDone } from '../../test/support/trimming.ts'
import { folder, job, open } from '../../test/support/sqlite.ts'
import { inspectorOf } from '../conformance/law.ts'

it('failures of a queue are forgotten behind many of another one', async () => {
  await expectTrimAmongOthers(await open(join(folder(), 'jobs.db')))
})

it('done jobs are forgotten to the very count, those that were removed or retried aside', async () => {
  await expectTrimOfDone(await open(join(folder(), 'jobs.db')))
})

it('groups: a job that is due is ready, also while nobody looks for it', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await hand.add(job('a', { group: 'a', due: { inMs: 1 } }), job('b', { group: 'b', due: { inMs: 60_000 } }))
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(await inspectorOf(hand).groups!('q', 10)).toEqual([{ group: 'a', ready: 1, running: 0 }])
})
