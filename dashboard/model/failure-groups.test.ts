import { describe, expect, test } from 'vitest'
import { cpuMs } from '../../test/support/cpu-time.ts'
import { type Failed, failureGroups, failureKey } from './failure-groups.ts'

const at = (minute: number) => `2026-05-04T12:${String(minute).padStart(2, '0')}:00.000Z`
const failed = (id: string, error: string | undefined, rest: Partial<Failed> = {}): Failed => ({
  id,
  name: 'send',
  queue: 'mail',
  enqueuedAt: at(0),
  settledAt: at(1),
  error,
  ...rest,
})

describe('the same failure', () => {
  test.each([
    ['Error: connect to 10.0.0.1:443 failed after 31 ms', 'Error: connect to 10.0.0.7:443 failed after 1,204 ms'],
    ['HTTP 503 from https://a.example/x?id=1', 'HTTP 502 from https://b.example/y'],
    ['No user "ann"', 'No user "bob"'],
    ["Unexpected token 'x'", "Unexpected token '}'"],
    ['job 0198c0de-1111-7000-8000-000000000001 is gone', 'job 0198c0de-2222-7000-8000-000000000002 is gone'],
    ['key sk_live_12345678 refused', 'key sk_live_87654321 refused'],
    ['no mailbox ann@example.org', 'no mailbox bob@example.com'],
    ['Error: declined\n    at a.ts:1:2', 'Error: declined\n    at b.ts:3:4'],
    [undefined, ''],
  ])('%j and %j', (one, other) => {
    expect(failureKey(one)).toBe(failureKey(other))
  })

  test.each([
    ['Error: declined', 'Error: refused'],
    ['TypeError: x', 'RangeError: x'],
  ])('not %j and %j', (one, other) => {
    expect(failureKey(one)).not.toBe(failureKey(other))
  })
})

test('groups say who is concerned, how many, since when, and how to find all of them', () => {
  const groups = failureGroups([
    failed('1', 'Error: the card of user 1 was declined', { group: 'acme', settledAt: at(3) }),
    failed('2', 'Error: the card of user 2 was declined\n    at pay.ts:1:1', { group: 'acme', settledAt: at(9) }),
    failed('3', 'Error: the card of user 3 was declined', { group: 'beta', name: 'pay', settledAt: at(5) }),
    failed('4', undefined, { settledAt: undefined }),
    failed('5', '17'),
  ])
  expect(groups).toEqual([
    {
      key: 'Error: the card of user # was declined',
      message: 'Error: the card of user 2 was declined',
      jobs: 3,
      names: [
        { value: 'send', jobs: 2 },
        { value: 'pay', jobs: 1 },
      ],
      queues: [{ value: 'mail', jobs: 3 }],
      groups: [
        { value: 'acme', jobs: 2 },
        { value: 'beta', jobs: 1 },
      ],
      newestId: '2',
      newestAt: at(9),
      oldestAt: at(3),
      text: 'Error: the card of user',
    },
    expect.objectContaining({ message: '17', jobs: 1 }),
    expect.objectContaining({ message: '(no error was given)', newestAt: at(0) }),
  ])
  expect(groups[1]).not.toHaveProperty('text')
})

test('a long and hostile error costs little', () => {
  for (const piece of ['"', '`', "'", 'a@', 'https://', '0a-', '1.'])
    expect(
      cpuMs(() => failureKey(piece.repeat(200_000))),
      piece,
    ).toBeLessThan(250)
})
