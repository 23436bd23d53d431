import { expect, test } from 'vitest'
import type { Event } from './events.ts'
import { recalled } from './recall.ts'

const start = (id: string, run: string, atMs: number, pid = 1): Event => ({
  kind: 'start',
  id,
  run,
  atMs,
  pid,
  attempt: 1,
  crashes: 0,
})
const end = (run: string, how: 'returned' | 'threw', atMs: number, pid = 1): Event => ({
  kind: 'end',
  run,
  how,
  atMs,
  pid,
})

test('done is what has returned, with the result of its last execution; the rest is unknown', () => {
  const events = [
    start('a', 'a1', 1),
    end('a1', 'threw', 2),
    start('a', 'a2', 3),
    end('a2', 'returned', 4),
    start('b', 'b1', 5),
    start('c', 'c1', 6, 2),
    start('c', 'c2', 7),
    end('c2', 'returned', 8),
  ]
  expect(Object.fromEntries(recalled(events, ['a', 'b', 'c', 'd']))).toEqual({
    a: { state: 'done', attempts: 2, crashes: 0, run: 'a2' },
    c: { state: 'done', attempts: 1, crashes: 1, run: 'c2' },
  })
})
