import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tooComplex } from './json-depth.ts'

const nested = (depth: number, inside = '') => '['.repeat(depth) + inside + ']'.repeat(depth)

test('64 levels are deep enough', () => {
  expect(tooComplex(nested(64))).toBeUndefined()
  expect(tooComplex(nested(65))).toMatch(/deeper than 64/)
  expect(tooComplex(`[${'0,'.repeat(50_001)}0]`)).toMatch(/more than 50000 parts/)
})

test('what stands in a text is no structure, whatever is escaped in it and however long it is', () => {
  const pieces = fc.constantFrom('x', '"', '\\', '[', ',', '\n', '𝄞', 'x'.repeat(23), 'x'.repeat(24), '[['.repeat(40))
  const text = fc.array(pieces, { maxLength: 40 }).map((some) => some.join(''))
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
      const json = JSON.stringify(texts)
      expect(tooComplex(json)).toBeUndefined()
      // Everything after the last text is structure again.
      expect(tooComplex(`${json},${nested(65)}`)).toMatch(/deeper than 64/)
    }),
  )
})

test('a text without an end is left to the parser', () => {
  for (const tail of ['"', '"\\', `"${'x'.repeat(100)}`, `"${'x'.repeat(100)}\\"`, `"${'\\'.repeat(101)}"`])
    expect(tooComplex(tail)).toBeUndefined()
})
