import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { expectSameAsFiltered, fillForLists } from '../../test/support/looking.ts'
import { folder, job, jobs, open } from '../../test/support/sqlite.ts'
import { inspectorOf } from '../conformance/law.ts'

vi.setConfig({ testTimeout: 60_000 })

it('with few jobs in the store every filter lets through what it says', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await fillForLists(hand, 200)
  await expectSameAsFiltered(hand)
})

it('by the places of a queue, where they are few', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await fillForLists(hand, 4_000)
  await expectSameAsFiltered(hand)
})

it('by the heads of its lines and all that was touched, where they are many', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await fillForLists(hand, 44_000)
  await expectSameAsFiltered(hand)
})

it('a search ends after so many looks, says how far it came, and goes on from there', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await hand.add(job('needle', { name: 'rare' }), ...jobs(499))
  for (let batch = 0; batch < 9; batch++) await hand.add(...jobs(500, {}, `more-${batch}-`))
  const inspector = inspectorOf(hand)
  const first = await inspector.list({ name: 'rare' }, { limit: 5, readMax: 1_500 })
  expect(first).toMatchObject({ jobs: [], read: 1_500 })
  expect(first.readToMs).toBeGreaterThan(Date.now() - 60_000)
  let [page, calls] = [first, 1]
  for (; page.cursor !== undefined; calls++) {
    page = await inspector.list({ name: 'rare' }, { limit: 5, readMax: 1_500, cursor: page.cursor })
  }
  expect(calls).toBe(4)
  expect(page).toMatchObject({ read: 500, jobs: [{ job: { id: 'needle' } }] })
})

it('a page of three has looked at three', async () => {
  const hand = await open(join(folder(), 'jobs.db'))
  await hand.add(...jobs(10))
  const page = await inspectorOf(hand).list({}, { limit: 3 })
  expect(page.read).toBe(3)
  expect(page.readToMs).toBe(page.jobs[2]!.enqueuedAtMs)
})
