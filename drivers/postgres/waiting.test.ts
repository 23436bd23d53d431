import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { job, world } from '../../test/support/postgres-world.ts'
import { Link } from './link.ts'

const signal = new AbortController().signal
const demand = [{ queue: 'q', limit: 10 }]

test('a worker that waits asks once a second, and a job that comes alone costs one question', async (context) => {
  const { open } = await world(context)
  const [worker, producer] = [await open(), await open()]
  const asked = vi.spyOn(Link.prototype, 'text')
  const reserves = () => asked.mock.calls.filter(([verb]) => verb === 'reserve').length
  let seq = 0
  const take = () => worker.driver.reserve({ lane: 0, seq: ++seq }, { demand, limit: 10, waitMs: 20_000, signal })

  const first = take()
  await sleep(2_500)
  // The first look, one more after it has told that it waits, and one each second.
  expect(reserves()).toBeLessThanOrEqual(6)
  await producer.driver.enqueue({ lane: 0, seq: 1 }, [job('a')])
  expect((await first).jobs).toHaveLength(1)

  const before = reserves()
  for (let n = 0; n < 20; n++) {
    const next = take()
    await sleep(5)
    await producer.driver.enqueue({ lane: 0, seq: 2 + n }, [job(`b${n}`)])
    expect((await next).jobs).toHaveLength(1)
  }
  expect(reserves() - before).toBeLessThanOrEqual(24)
  asked.mockRestore()
})
