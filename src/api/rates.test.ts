import { expect, test } from 'vitest'
import { systemEnv } from '../base/env.ts'
import type { Fleet } from '../contract/fleet.ts'
import { QueueRates } from './rates.ts'

/** A worker that has done ten more each time it is asked, and answers so often. */
function workerThatAnswers(times: number): Fleet {
  let done = 0
  const ask = async () => {
    if (done === times * 10) await new Promise(() => {})
    done += 10
    return {
      answers: [{ pid: 1, answer: { definitions: [{ queue: 'mail', done, retried: 0, dead: 0 }] } }],
      missing: [],
    }
  }
  return { ask } as unknown as Fleet
}

test('who asks is not kept waiting for a worker that is blocked, and is told what was known', async () => {
  let nowMs = 0
  const env = { ...systemEnv, monoMs: () => nowMs }
  const rates = new QueueRates(env, workerThatAnswers(2))
  expect(await rates.now()).toEqual(new Map())
  nowMs = 2_000
  const known = new Map([['mail', { done: 5, retried: 0, dead: 0 }]])
  expect(await rates.now()).toEqual(known)
  nowMs = 4_000
  expect(await rates.now()).toEqual(known)
})
