import { expect, test } from 'vitest'
import { type JobAction, outcomeOfOne, outcomeWords } from './outcome-words.ts'

test.each<[JobAction, Record<string, number>, string, boolean]>([
  ['retry', { retried: 3 }, 'Retried 3.', false],
  [
    'retry',
    { retried: 3, running: 1, unknown: 2 },
    'Retried 3. 1 is running already. 2 are not there any more.',
    false,
  ],
  ['retry', { waiting: 1 }, '1 is waiting already.', true],
  ['cancel', { cancelled: 1, cancelling: 2 }, 'Cancelled 3. 2 are running and told to stop.', false],
  ['cancel', { settled: 1 }, '1 has ended already.', true],
  ['remove', { removed: 1_200, running: 1 }, 'Removed 1,200. 1 is running: cancel first.', false],
  ['remove', {}, 'Removed 0.', false],
  ['remove', { odd: 2 }, '2 odd.', true],
])('%s %j: %s', (action, outcomes, text, failed) => {
  expect(outcomeWords(action, outcomes)).toEqual({ text, failed })
})

test.each<[JobAction, string, RegExp, boolean]>([
  ['retry', 'retried', /starts over/, false],
  ['retry', 'running', /somebody was quicker/, true],
  ['cancel', 'cancelling', /told to stop/, false],
  ['remove', 'unknown', /not there any more/, true],
  ['remove', 'odd', /is odd/, true],
])('one: %s, %s', (action, outcome, text, failed) => {
  expect(outcomeOfOne(action, outcome)).toEqual({ text: expect.stringMatching(text) as string, failed })
})
