import { describe, expect, test } from 'vitest'
import { cpuMs } from '../../test/support/cpu-time.ts'
import { errorText } from './error-text.ts'

/** Whoever looks at it gets an exception. */
const unreadable = () =>
  Object.defineProperties(
    new Error('never seen'),
    Object.fromEntries(
      ['message', 'stack', 'name', 'cause', 'code'].map((key) => [
        key,
        {
          get() {
            throw new Error('do not look')
          },
        },
      ]),
    ),
  )

test('an error that cannot be read is told as such', () => {
  expect(errorText(unreadable())).toBe('An error that cannot be read was thrown.')
})

test('as a cause it does not hide what is around it', () => {
  const text = errorText(new TypeError('outside', { cause: unreadable() }))
  expect(text).toMatch(/^TypeError: outside\n/)
  expect(text).toMatch(/Caused by An error that cannot be read was thrown\.$/)
})

const bytesMax = 16 * 1_024
const throwing = () => {
  throw new Error('do not look')
}
const endless: Error & { cause?: unknown } = new Error('endless')
endless.cause = endless

/** Anything can be thrown (family F12). */
const thrown: [string, unknown, RegExp][] = [
  ['null', null, /^Thrown: null$/],
  ['undefined', undefined, /^Thrown: undefined$/],
  ['a text', 'why', /^Thrown: why$/],
  ['a huge text', 'x'.repeat(10_000_000), /^Thrown: x+$/],
  ['a number', -0, /^Thrown: 0$/],
  ['a bigint', 7n, /^Thrown: 7$/],
  ['a symbol', Symbol('why'), /^Thrown: Symbol\(why\)$/],
  ['a function', () => 1, /^Thrown: /],
  ['an object', { code: 7, token: 'canary' }, /^Thrown: \{"code":7,"token":"\[redacted\]"\}$/],
  ['a frozen error', Object.freeze(new Error('cold')), /^Error: cold\n {4}at /],
  ['an object in a circle', Object.assign(endless, {}), /^Error: endless\n[^]*Caused by Error: endless/],
  ['a promise', Promise.resolve(1), /^Thrown: \{\}$/],
  ['a thenable with two faces', { then: throwing }, /^Thrown: \{"then":"\[function\]"\}$/],
  ['a proxy', new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing }), /cannot be read/],
  ['a proxy of an error', new Proxy(new Error('in'), { get: throwing }), /cannot be read/],
  ['a throwing toString', { toString: throwing }, /^Thrown: /],
  ['a throwing toJSON', { toJSON: throwing }, /^Thrown: "\[unreadable\]"$/],
  [
    'an error with a throwing stack',
    Object.defineProperty(new Error('x'), 'stack', { get: throwing }),
    /cannot be read/,
  ],
  ['an error with odd parts', Object.assign(new Error('x'), { name: Symbol('n'), stack: 7 }), /cannot be read/],
  ['an error without a stack', Object.assign(new Error('x'), { stack: undefined }), /^Error: x$/],
  [
    'many errors in one',
    new AggregateError(
      Array.from({ length: 10_000 }, () => new Error('x')),
      'all',
    ),
    /^AggregateError: all\n/,
  ],
  ['a huge message', new Error('x'.repeat(10_000_000)), /^Error: x+…$/],
  ['a huge message of many bytes', new Error('语'.repeat(100_000)), /^Error: 语+…$/],
  ['a huge message of half characters', new Error('\ud800'.repeat(100_000)), /^Error: /],
  ['a message of line feeds', new Error('\n'.repeat(1_000_000)), /^Error: \n/],
  ['a stack of blanks', Object.assign(new Error('x'), { stack: '\n \n'.repeat(300_000) }), /^Error: x$/],
]

describe('whatever is thrown is told in 16 KiB', () => {
  test.each(thrown)('%s', (_, value, says) => {
    let text = ''
    expect(cpuMs(() => (text = errorText(value)))).toBeLessThan(250)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytesMax)
    expect(text).toMatch(says)
    expect(text).not.toContain('canary')
  })
})

test('secrets are hidden in messages, causes and stacks, also where the text is cut', () => {
  const token = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJjYW5hcnkifQ', 'canary-canary'].join('.')
  const cause = new Error(`Authorization: Bearer ${token}`)
  const text = errorText(new TypeError('no answer from https://me:canary@host/?token=canary', { cause }))
  expect(text).not.toMatch(/canary(?!\.)|eyJ/)
  expect(text).toContain('https://me:***@host/?token=***')
  expect(text).toContain('Caused by Error: Authorization: [redacted]')
  for (let length = 8_100; length < 8_200; length++) {
    const long = Object.assign(new Error(`${'x'.repeat(length - 7)} ${token}`), { stack: undefined })
    expect(errorText(long)).not.toMatch(/canary|eyJhbG/)
    expect(errorText(`${'x'.repeat(length - 7_200)} ${token}`)).not.toMatch(/canary|eyJhbG/)
  }
})
