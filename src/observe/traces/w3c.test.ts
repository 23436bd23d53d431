import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { headersOf, spanContextOf } from './w3c.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

describe('traceparent', () => {
  test.each([
    [`00-${traceId}-${spanId}-01`, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    [`00-${traceId}-${spanId}-03`, 1],
    [`cc-${traceId}-${spanId}-01-what-the-future-brings`, 1],
  ])('%s', (traceparent, traceFlags) => {
    expect(spanContextOf({ traceparent })).toEqual({ traceId, spanId, traceFlags, isRemote: true })
  })

  test.each([
    'own',
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    ` 00-${traceId}-${spanId}-01`,
    '',
  ])('%s is none', (traceparent) => {
    expect(spanContextOf({ traceparent })).toBeUndefined()
  })

  test('any text is read without a throw, and what is read is written the same', () => {
    const hex = (length: number) =>
      fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    const parent = fc.tuple(hex(32), hex(16), hex(1)).map(([trace, span, flag]) => `00-${trace}-${span}-0${flag}`)
    fc.assert(
      fc.property(fc.oneof(parent, fc.string()), fc.string(), (traceparent, tracestate) => {
        const read = spanContextOf({ traceparent, tracestate })
        if (read === undefined) return
        expect(headersOf(read).traceparent.slice(0, 53)).toBe(traceparent.slice(0, 53))
      }),
    )
  })
})

test('tracestate goes along, up to 512 characters', () => {
  const traceparent = `00-${traceId}-${spanId}-01`
  const out = (tracestate: string) => headersOf(spanContextOf({ traceparent, tracestate })!).tracestate
  expect(out('a=1,b=2')).toBe('a=1,b=2')
  expect(out(`a=${'x'.repeat(600)}`)).toBeUndefined()
})
