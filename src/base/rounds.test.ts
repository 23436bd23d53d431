import { expect, it } from 'vitest'
import { virtualEnv } from '../../drivers/memory/virtual-env.ts'
import { Rounds } from './rounds.ts'

it('goes round after round, later and later while they fail, and says when they do again', async () => {
  const env = virtualEnv()
  const beganMs = env.nowMs()
  const at: number[] = []
  const told: unknown[] = []
  let failing = true
  const rounds = new Rounds({
    env,
    everyMs: 100,
    async round() {
      at.push(env.nowMs() - beganMs)
      if (failing) throw new Error('no')
    },
    failed: (_, tries) => told.push(tries),
    recovered: (tries, afterMs) => told.push(['recovered', tries, afterMs]),
  })
  rounds.start()
  await env.advance(2_000)
  // 100, then 100, 200, 400, 800 and never more than 800 later.
  expect(at).toEqual([100, 200, 400, 800, 1_600])
  failing = false
  await env.advance(450)
  expect(told).toEqual([1, 2, 3, 4, 5, ['recovered', 5, 2_300]])
  await env.advance(200)
  expect(at.slice(-2)).toEqual([2_500, 2_600])
  await rounds.stop()
  await env.advance(1_000)
  expect(at).toHaveLength(8)
})

it('stops in the middle of a round, which hears of it; a failure after that is nobody’s business', async () => {
  const env = virtualEnv()
  const told: unknown[] = []
  const rounds = new Rounds({
    env,
    everyMs: 100,
    round: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut off')))),
    failed: (error) => told.push(error),
  })
  rounds.start()
  await env.advance(150)
  await rounds.stop()
  expect(told).toEqual([])
})

it('does not wait for a round that never ends', async () => {
  const env = virtualEnv()
  const rounds = new Rounds({ env, everyMs: 100, round: () => new Promise(() => {}), failed: () => {} })
  rounds.start()
  await env.advance(150)
  let stopped = false
  void rounds.stop().then(() => (stopped = true))
  await env.advance(5_000)
  expect(stopped).toBe(true)
})
