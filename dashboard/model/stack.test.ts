import { expect, test } from 'vitest'
import { cpuMs } from '../../test/support/cpu-time.ts'
import { errorText } from './stack.ts'

test('an error is taken apart into what it says and where it was', () => {
  const text = `TypeError: x is not a function
  in two lines
    at send (file:///srv/app/releases/7/jobs/mail.ts:3:9)
    at async /srv/app/jobs/pay.ts:1:2
    at Pool.query (/srv/app/node_modules/pg/lib/pool.js:1:1)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)
    at new Promise (<anonymous>)`
  expect(errorText(text)).toEqual({
    message: 'TypeError: x is not a function\n  in two lines',
    frames: [
      { text: 'send (…/jobs/mail.ts:3:9)', isOwn: true },
      { text: 'async …/jobs/pay.ts:1:2', isOwn: true },
      { text: 'Pool.query (pg/lib/pool.js:1:1)', isOwn: false },
      { text: 'process.processTicksAndRejections (node:internal/process/task_queues:105:5)', isOwn: false },
      { text: 'new Promise (<anonymous>)', isOwn: false },
    ],
  })
})

test('a cause stays where it stood', () => {
  const { frames } = errorText('Error: a\n    at /x/y/a.ts:1:1\nCaused by: Error: b\n    at /x/y/b.ts:1:1')
  expect(frames.map(({ text }) => text)).toEqual(['…/y/a.ts:1:1', 'Caused by: Error: b', '…/y/b.ts:1:1'])
})

test.each(['', 'declined', 'two\nlines'])('%j has no frames', (text) => {
  expect(errorText(text)).toEqual({ message: text, frames: [] })
})

test('a long and hostile one costs little', () => {
  for (const piece of ['/a', '/a/', ' at /', '(node_modules/'])
    expect(
      cpuMs(() => errorText(`x\n    at ${piece.repeat(100_000)}`)),
      piece,
    ).toBeLessThan(500)
})
