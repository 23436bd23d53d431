import { expect, test } from 'vitest'
import { streamsPlace } from '../../test/support/redis-streams-harness.ts'
import type { StoredJob } from '../../src/contract/index.ts'
import { done } from '../conformance/hand.ts'

const total = 100_000
const batch = 1_000

test(
  'a stream through which 100,000 jobs went holds nothing, and its length is the depth',
  { timeout: 120_000 },
  async (context) => {
    const { open, redis, key, keys } = await streamsPlace(context)
    const worker = await open()
    for (let n = 0; n < total; n += batch) {
      const jobs = Array.from({ length: batch }, (_, i): StoredJob => {
        const id = `job-${n + i}`
        return { id, queue: 'q', name: 'work', priority: 5, body: '{"v":1}', unique: { key: id, mode: 'keep' } }
      })
      await worker.add(...jobs)
      if (n === 0) expect(await redis.xlen(key('queue:q'))).toBe(batch)
      await worker.settle(await worker.take('q', batch), done)
    }
    const bytes = new Map<string, number>()
    for (const name of await keys()) bytes.set(name, (await redis.memory('USAGE', key(name))) ?? 0)
    expect(await redis.xlen(key('queue:q'))).toBe(0)
    for (const name of ['ids', 'keys:q', 'done', 'done:q', 'dead:q']) expect(bytes.has(name)).toBe(false)
    const sum = [...bytes.values()].reduce((all, one) => all + one, 0)
    expect(sum).toBeLessThan(100_000)
    // Who ends leaves no consumer behind.
    await worker.driver.close()
    expect(await redis.xinfo('CONSUMERS', key('queue:q'), 'fiber-work')).toEqual([])
  },
)

test('done jobs are kept as many as was said', async (context) => {
  const { open, redis, key } = await streamsPlace(context)
  const worker = await open()
  for (let n = 0; n < 1_000; n += 100) {
    await worker.add(
      ...Array.from({ length: 100 }, (_, i) => ({ id: `j${n + i}`, queue: 'q', name: 'work', priority: 5, body: '' })),
    )
    await worker.settle(await worker.take('q', 100), { kind: 'done', keep: { count: 150, ageMs: 3_600_000 } })
  }
  expect(await redis.hlen(key('done'))).toBe(150)
  expect((await worker.depth('q')).done).toBe(150)
})
