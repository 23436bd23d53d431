import { expect, test } from 'vitest'
import type { Settings } from '../config/options.ts'
import { defineJob } from '../index.ts'
import { strangeQueues } from './strange-queues.ts'

test('a queue whose name is nearly one of ours is a slip; another one is somebody else’s', () => {
  const handlers = [defineJob('a', { queue: 'mails' }, () => {}), defineJob('b', { queue: 'reports' }, () => {})]
  const of = (settings: Partial<Settings>) => strangeQueues(settings as Settings, handlers)
  expect(
    of({ keep: { mials: { done: false }, '*': {}, mails: {} }, alertWaitMs: { report: 5_000, unrelated: 5_000 } }),
  ).toEqual([
    '`keep` says something of "mials", which nothing here works; did you mean "mails"?',
    '`alertWaitMs` says something of "report", which nothing here works; did you mean "reports"?',
  ])
  expect(of({ alertWaitMs: 5_000 })).toEqual([])
  expect(of({})).toEqual([])
})
