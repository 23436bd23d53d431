import { expect, test } from 'vitest'
import { Progress } from './progress.ts'

test('a run in which no job is done any more says which run, and where they stand', async () => {
  let nowMs = 0
  const progress = new Progress(() => nowMs)
  progress.at('a/1', 'Db')
  progress.at('b/1', 'Cache')
  nowMs = 40_000
  progress.at('a/1', 'Session')
  progress.at('c/1', 'Http')
  progress.left('c/1')
  progress.ended()
  nowMs = 99_999
  expect(progress.standing(60_000)).toEqual([])
  nowMs = 100_000
  const standing = [
    'no job was done for 60 s: 1 are, 2 run',
    'b/1 has been at Cache for 100 s',
    'a/1 has been at Session for 60 s',
  ]
  expect(progress.standing(60_000)).toEqual(standing)
  expect(await progress.untilStanding(60_000, new AbortController().signal)).toEqual(standing)
  progress.ended()
  expect(progress.standing(60_000)).toEqual([])
})

test('whoever waits for progress does not wait for more than there is', async () => {
  const progress = new Progress()
  const end = new AbortController()
  const waiting = progress.more(2, end.signal)
  progress.ended()
  end.abort()
  await waiting
  expect(await progress.untilStanding(60_000, end.signal)).toEqual([])
})
