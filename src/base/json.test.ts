import { describe, expect, it } from 'vitest'
import { toJson } from './json.ts'

const text = (value: unknown) => toJson(value, 'It').text
class Point {
  x = 1
  y = 2
}

describe('toJson', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [true, 'true'],
    ['a', '"a"'],
    [0, '0'],
    [Object.assign(Object.create(null) as object, { a: 1 }), '{"a":1}'],
    [new Point(), '{"x":1,"y":2}'],
    [{ a: [{ b: null }], c: undefined }, '{"a":[{"b":null}]}'],
  ])('%j', (value, expected) => expect(text(value)).toBe(expected))

  it.each<[string, unknown]>([
    ['Map', new Map()],
    ['Set', new Set()],
    ['WeakMap', new WeakMap()],
    ['WeakSet', new WeakSet()],
    ['RegExp', /a/],
    ['Promise', Promise.resolve()],
    ['TypeError', new TypeError('a')],
    ['ArrayBuffer', new ArrayBuffer(1)],
    ['Uint8Array', new Uint8Array(1)],
    ['Buffer', Buffer.from('a')],
  ])('refuses a %s, wherever it stands', (name, value) => {
    for (const input of [value, [value], { a: { b: [value] } }]) {
      expect(() => toJson(input, 'It')).toThrow(
        expect.objectContaining({ code: 'FW_INPUT_NOT_JSON', message: expect.stringContaining(`a ${name}`) as string }),
      )
    }
  })

  it('names the place, and a thing without a constructor', () => {
    const foreign = Object.create(
      Object.create(Map.prototype, { constructor: { value: undefined } }) as object,
    ) as object
    expect(() => toJson({ list: [1, foreign] }, 'It')).toThrow(/`list\.1` is a foreign object/)
    expect(() => toJson(undefined, 'It')).toThrow(/it is a undefined/)
    expect(() => toJson(1n, 'It')).toThrow(/it is a bigint/)
  })

  it('tells that something spoke for itself', () => {
    expect(toJson({ at: new Date(0) }, 'It')).toEqual({ text: '{"at":"1970-01-01T00:00:00.000Z"}', changed: true })
    expect(toJson({ at: 0 }, 'It').changed).toBe(false)
  })
})
