import { expect, it } from 'vitest'
import { installation } from '../../test/support/mysql-harness.ts'
import { job } from '../../test/support/sqlite.ts'
import { done } from '../conformance/hand.ts'

// What random runs beside the memory driver found.

it('a queue that gave all that was wanted says nothing of another one', async (context) => {
  const hand = await (await installation(context)).open()
  await hand.add(job('a', { queue: 'one' }), job('b', { queue: 'other' }))
  expect(await hand.take('one', 1)).toHaveLength(1)
  expect(await hand.take('other', 1)).toHaveLength(1)
})

it('an id is taken until the job that has it is replaced, and free behind that', async (context) => {
  const hand = await (await installation(context)).open()
  const unique = { key: 'k', mode: 'replace' } as const
  await hand.add(job('a', { unique }))
  expect(await hand.enqueue([job('a'), job('b', { unique }), job('a')])).toEqual([
    { outcome: 'duplicate', id: 'a' },
    { outcome: 'replaced', id: 'b' },
    { outcome: 'added', id: 'a' },
  ])
})

it('an id is taken until the job that has it is done, and free for the follow-ups behind that', async (context) => {
  const hand = await (await installation(context)).open()
  await hand.add(job('a'), job('b'))
  const [a, b] = await hand.take('q')
  const settled = await hand.driver.settle(hand.call(), [
    { receipt: a!.receipt, verdict: { ...done, followUps: [job('b', { queue: 'r' })] } },
    { receipt: b!.receipt, verdict: { ...done, followUps: [job('a', { queue: 'r' })] } },
  ])
  expect(settled.map(({ followUps }) => followUps)).toEqual([
    [{ outcome: 'duplicate', id: 'b' }],
    [{ outcome: 'added', id: 'a' }],
  ])
})
