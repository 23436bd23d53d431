import { expect, test } from 'vitest'
import type { JobView } from '../../src/client.ts'
import { isCut, sampleDead } from './dead-sample.ts'

/** So many dead jobs in each queue; tells what it was asked. */
function storeOf(dead: Record<string, number>) {
  const asked: [string | undefined, number | undefined][] = []
  const list = async ({ queue }: { queue?: string }, { limit = 50 }: { limit?: number } = {}) => {
    asked.push([queue, limit])
    const all = Array.from({ length: dead[queue!] ?? 0 }, (_, n) => ({ id: `${queue}-${n}`, queue }) as JobView)
    return { jobs: all.slice(0, limit), cursor: all.length > limit ? 'more' : null, searched: undefined }
  }
  return { asked, source: { jobs: { list } } as unknown as Parameters<typeof sampleDead>[0] }
}

test('a queue with thousands of dead jobs does not hide those of another', async () => {
  const { source, asked } = storeOf({ webhooks: 3_000, payments: 3 })
  const { jobs, cut } = await sampleDead(source, { states: ['dead'] }, ['webhooks', 'payments'], { jobsMax: 500 })
  expect(asked).toEqual([
    ['webhooks', 250],
    ['payments', 250],
  ])
  expect([jobs.length, jobs.filter(({ queue }) => queue === 'payments').length, cut]).toEqual([253, 3, ['webhooks']])
  expect(isCut({ queues: [{ value: 'payments', jobs: 3 }] }, cut)).toBe(false)
  expect(
    isCut(
      {
        queues: [
          { value: 'payments', jobs: 3 },
          { value: 'webhooks', jobs: 1 },
        ],
      },
      cut,
    ),
  ).toBe(true)
})

test('of one queue only that is asked; of many the first ten, a hundred each', async () => {
  const { source, asked } = storeOf({})
  await sampleDead(source, { queue: 'mail' }, ['webhooks'], { jobsMax: 2_000 })
  const many = Array.from({ length: 12 }, (_, n) => `q${n}`)
  await sampleDead(source, {}, many, { jobsMax: 500 })
  expect(asked).toEqual([['mail', 500], ...many.slice(0, 10).map((queue) => [queue, 100])])
})
