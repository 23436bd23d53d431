import { expect, test, vi } from 'vitest'
import { expectSameAsFiltered, fillForLists } from '../../test/support/looking.ts'
import { installation } from '../../test/support/mysql-harness.ts'
import { job } from '../../test/support/sqlite.ts'
import { inspectorOf } from '../conformance/law.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 })

test('with few jobs in the store every filter lets through what it says', async (context) => {
  const hand = await (await installation(context)).open()
  await fillForLists(hand, 200)
  await expectSameAsFiltered(hand, 4)
})

test('by the places of a queue, where its jobs are few beside others', async (context) => {
  const hand = await (await installation(context)).open()
  await fillForLists(hand, 6_000)
  await expectSameAsFiltered(hand, 7)
})

test('a search ends after so many looks, says how far it came, and goes on from there', async (context) => {
  const hand = await (await installation(context)).open()
  await hand.add(job('needle', { name: 'rare' }))
  for (let batch = 0; batch < 9; batch++) {
    await hand.add(...Array.from({ length: 500 }, (_, i) => job(`more-${batch}-${i}`)))
  }
  const inspector = inspectorOf(hand)
  const first = await inspector.list({ name: 'rare' }, { limit: 5, readMax: 1_500 })
  expect(first).toMatchObject({ jobs: [], read: 1_500 })
  expect(first.readToMs).toBeGreaterThan(Date.now() - 60_000)
  let [page, calls] = [first, 1]
  for (; page.cursor !== undefined; calls++) {
    page = await inspector.list({ name: 'rare' }, { limit: 5, readMax: 1_500, cursor: page.cursor })
  }
  expect(calls).toBe(4)
  expect(page).toMatchObject({ read: 1, jobs: [{ job: { id: 'needle' } }] })
})
