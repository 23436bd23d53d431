import fc from 'fast-check'
import { expect, it } from 'vitest'
import { deadNameOf, fromSqsName, toSqsName } from './names.ts'

it.each([
  ['orders', 'orders'],
  ['my_queue-2', 'my_queue-2'],
  ['a.b', 'a-x2e-b'],
  ['orders.fifo', 'orders.fifo'],
  ['a.b.fifo', 'a-x2e-b.fifo'],
  ['.fifo', '-x2e-fifo'],
  ['a-x2e-b', 'a-x2d-x2e-b'],
  ['a-x', 'a-x'],
  ['é😀', '-xe9--x1f600-'],
])('the queue %j is called %s in SQS', (ours, theirs) => {
  expect(toSqsName('', ours)).toBe(theirs)
  expect(fromSqsName('', theirs)).toBe(ours)
})

it('each name comes back from SQS’s alphabet, so that two are never one', () => {
  const near = fc.string({
    unit: fc.constantFrom('-', 'x', 'a', '2', 'e', 'd', '.', '_', 'é', 'Z'),
    minLength: 1,
    maxLength: 9,
  })
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ minLength: 1, maxLength: 8 })), fc.boolean(), (stem, fifo) => {
      const name = stem + (fifo ? '.fifo' : '')
      const there = toSqsName('p-', name)
      expect(there).toMatch(/^[A-Za-z0-9_-]{1,75}(?:\.fifo)?$/)
      expect(fromSqsName('p-', there)).toBe(name)
    }),
    { numRuns: 5_000 },
  )
})

it('refuses what is too long for SQS, and says how long it is', () => {
  expect(toSqsName('', 'x'.repeat(80))).toHaveLength(80)
  expect(() => toSqsName('prefix-', 'x'.repeat(74))).toThrow(
    expect.objectContaining({ code: 'FW_NAME_INVALID', message: expect.stringContaining('it has 81') }),
  )
  expect(() => toSqsName('', '')).toThrow(expect.objectContaining({ code: 'FW_NAME_INVALID' }))
})

it('a queue outside of the prefix is not ours, and the dead have a name beside their queue’s', () => {
  expect(fromSqsName('p-', 'other')).toBeUndefined()
  expect(deadNameOf('orders')).toBe('orders-dead')
  expect(deadNameOf('orders.fifo')).toBe('orders-dead.fifo')
})
