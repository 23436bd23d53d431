import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hidden } from '../../src/base/secrets.ts'
import { mergePatch } from '../../src/api/operations/merge-patch.ts'
import { inputEdit } from './input-edit.ts'

test.each<[string, unknown, unknown, unknown]>([
  ['nothing', { a: 1 }, { a: 1 }, {}],
  ['a field', { a: 1, b: 2 }, { a: 1, b: 3 }, { patch: { b: 3 } }],
  ['a field beside a secret', { a: 1, key: hidden }, { a: 2, key: hidden }, { patch: { a: 2 } }],
  ['a secret itself', { key: hidden }, { key: 'new' }, { patch: { key: 'new' } }],
  ['a field that goes', { a: 1, b: 2 }, { a: 1 }, { patch: { b: null } }],
  ['deep inside', { a: { b: 1, key: hidden } }, { a: { b: 2, key: hidden } }, { patch: { a: { b: 2 } } }],
  ['null', { a: 1 }, { a: null }, { input: { a: null } }],
  ['all of it', { a: 1 }, [1], { input: [1] }],
  ['a list', { a: [1] }, { a: [1, 2] }, { patch: { a: [1, 2] } }],
])('%s', (_what, before, after, edit) => {
  expect(inputEdit(before, after)).toEqual(edit)
})

test('a list with a secret in it cannot be changed without the secret', () => {
  const before = { people: [{ name: 'a', key: hidden }] }
  expect(inputEdit(before, { people: [{ name: 'b', key: hidden }] })).toEqual({
    problem: expect.stringContaining(hidden) as string,
  })
  expect(inputEdit(before, { people: [{ name: 'b', key: 'new' }] })).toHaveProperty('patch')
  expect(inputEdit({ a: 1, key: hidden }, { a: null, key: hidden })).toHaveProperty('problem')
})

test('what is sent makes what was meant', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [before, after] = [one, other].map((value): unknown => JSON.parse(JSON.stringify(value)))
      const edit = inputEdit(before, after)
      const made = 'patch' in edit ? mergePatch(before, edit.patch) : 'input' in edit ? edit.input : before
      expect(made).toEqual(after)
    }),
  )
})
