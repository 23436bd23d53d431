import { expect, test } from 'vitest'
import { paletteMatches } from './palette.ts'

const items = [
  { title: 'Go to Queues' },
  { title: 'Go to queue mail' },
  { title: 'Pause queue mail' },
  { title: 'Halve concurrency of mail' },
  { title: 'Halve concurrency of hooks' },
  { title: 'Run schedule nightly-report now', hint: 'send-mail' },
]
const found = (typed: string) => paletteMatches(items, typed).map(({ title }) => title)

test('nothing typed: the first ones', () => {
  expect(found('')).toHaveLength(6)
  expect(
    paletteMatches(
      Array.from({ length: 40 }, (_, n) => ({ title: `${n}` })),
      '',
    ),
  ).toHaveLength(12)
})

test.each([
  ['pa ma', 'Pause queue mail'],
  ['mail pause', 'Pause queue mail'],
  ['halve mail', 'Halve concurrency of mail'],
  ['run nightly', 'Run schedule nightly-report now'],
  ['RUN', 'Run schedule nightly-report now'],
  ['queues', 'Go to Queues'],
  ['ha ho', 'Halve concurrency of hooks'],
  ['hal h', 'Halve concurrency of hooks'],
  ['hcm', 'Halve concurrency of mail'],
])('%s: %s first', (typed, title) => {
  expect(found(typed)[0]).toBe(title)
})

test('what no item has finds none', () => {
  expect(found('xyz')).toEqual([])
})
