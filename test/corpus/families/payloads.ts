import type { Case } from '../expand.ts'

const deep = (depth: number, open: string, close: string, middle = '1') =>
  `${open.repeat(depth)}${middle}${close.repeat(depth)}`

/** At each of these places, a value. */
const places: ((json: string) => string)[] = [
  (json) => json,
  (json) => `[${json}]`,
  (json) => `{"a":${json}}`,
  (json) => `{"a":[{"b":${json}}]}`,
  (json) => `[[[${json},1],null],{"":${json}}]`,
]

const leaves: readonly string[] = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '0.1',
  '1e-7',
  '5e-324',
  '1e308',
  '9007199254740991',
  '-9007199254740993',
  '1e21',
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ufeff"',
  '"\\u2028\\u2029"',
  '"\\u0085\\u009f"',
  '"\\ufffe\\uffff"',
  '"\u{1f600}"',
  '"\u{10ffff}"',
  '"e\\u0301"',
  '"é"',
  '"\\\\"',
  '"\\""',
  `"'"`,
  '"%s%n"',
  '"$1"',
  '"</script>"',
  '[]',
  '{}',
  '{"":0}',
  '{"0":1,"a":2,"-1":3}',
  '{"constructor":1,"toString":2,"hasOwnProperty":3,"then":4,"toJSON":5}',
  '{"v":1,"d":2,"o":{"attempts":9}}',
  '{"a\\u0000b":1}',
  '{"\\ud800":1}',
  '[null,[],{},""]',
]

/** Texts that are JSON and odd: each comes back as it was, or is refused. */
export const oddJson = (): Case<string>[] =>
  leaves.flatMap((leaf) => places.map((put) => put(leaf))).map((json) => ({ what: json, value: json }))

/** Texts that are refused, one as `__proto__` at each of six places. */
export const refusedJson = (): Case<string>[] =>
  [
    '{"__proto__":1}',
    '{"__proto__":{"x":1}}',
    '[{"__proto__":null}]',
    '{"a":{"__proto__":{"isAdmin":true}}}',
    '{"a":[{"b":{"__proto__":[]}}]}',
    '{"\\u005f_proto__":{"x":1}}',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"a":{"constructor":{"prototype":null}}}',
    '',
    '{',
    '"',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    'NaN',
    'Infinity',
    '-',
    '01',
    '1.',
    '.5',
    '+1',
    '0x10',
    'undefined',
    '"\u0001"',
    '"\\x"',
    '"\\u12"',
    '1 2',
    '\u00a0',
    'nul',
    deep(65, '[', ']'),
    deep(64, '{"a":', '}', '{"a":1}'),
    deep(100_000, '[', ']'),
    '['.repeat(500_000),
    `[${'1,'.repeat(200_000)}1]`,
    `{${Array.from({ length: 100_001 }, (_, at) => `"k${at}":1`).join(',')}}`,
    `"${'x'.repeat(1_100_000)}"`,
  ].map((json) => ({ what: json.length > 60 ? `${json.slice(0, 60)}… (${json.length})` : json, value: json }))

/** What JSON.parse reads as something else than was written, as everybody's does: the last of two keys, a number as the nearest one. */
export const readAsJson: readonly Case<string>[] = ['{"a":1,"a":2}', '1e400', '9007199254740993', '1.0', '[1e400]'].map(
  (json) => ({ what: json, value: json }),
)

/** Values of the language, for the library: made anew each time, since some are broken by looking at them. */
export const values: readonly Case<() => unknown>[] = [
  ['a BigInt', () => 1n],
  ['a Date', () => new Date(0)],
  ['no Date', () => new Date(NaN)],
  ['a Map', () => new Map([['a', 1]])],
  ['a Set', () => new Set([1])],
  ['a Buffer', () => Buffer.from('a')],
  ['an ArrayBuffer', () => new ArrayBuffer(8)],
  ['a Float64Array', () => new Float64Array(2)],
  ['a function', () => () => 1],
  ['a class', () => class Some {}],
  ['a Symbol', () => Symbol('s')],
  ['a RegExp', () => /a/],
  ['an Error', () => new Error('x')],
  ['a Promise', () => Promise.resolve(1)],
  ['a WeakMap', () => new WeakMap()],
  ['a URL', () => new URL('http://127.0.0.1/')],
  ['undefined', () => undefined],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['-Infinity', () => -Infinity],
  ['-0', () => -0],
  ['a boxed number', () => Object(1) as unknown],
  ['a boxed BigInt', () => Object(1n) as unknown],
  ['a boxed Symbol', () => Object(Symbol('x')) as unknown],
  ['a sparse array', () => Object.assign([1], { 2: 2 })],
  ['an array with a name', () => Object.assign([1], { extra: 2 })],
  ['an object without a prototype', () => Object.assign(Object.create(null) as object, { a: 1 })],
  [
    'an own class',
    () =>
      new (class Point {
        x = 1
      })(),
  ],
  ['a key that is a Symbol', () => ({ [Symbol('a')]: 1, b: 2 })],
  ['a field that is undefined', () => ({ a: undefined, b: 1 })],
  ['an own __proto__', () => JSON.parse('{"__proto__":{"x":1}}') as unknown],
  ['an own __proto__ below', () => ({ a: [JSON.parse('{"__proto__":1,"b":2}')] })],
  ['the text __proto__', () => ({ a: '__proto__', b: '"__proto__":1' })],
  ['half a surrogate', () => '\ud800'],
  ['a key with half a surrogate', () => ({ '\udfff': 1 })],
  ['a NUL', () => ({ a: '\0' })],
  ['a circle', circle],
  [
    'a circle through a Map',
    () => {
      const map = new Map<string, unknown>()
      map.set('self', map)
      return { map }
    },
  ],
  [
    'a getter that throws',
    () => ({
      get a(): never {
        throw new Error('the getter')
      },
    }),
  ],
  [
    'a getter that throws nothing',
    () => ({
      get a(): never {
        throw undefined
      },
    }),
  ],
  ['a getter that changes its mind', turncoat],
  [
    'toJSON that throws',
    () => ({
      toJSON() {
        throw new Error('toJSON')
      },
    }),
  ],
  ['toJSON of a BigInt', () => ({ toJSON: () => 1n })],
  ['toJSON of nothing', () => ({ toJSON: () => undefined })],
  ['toJSON for ever', () => endless()],
  ['a Proxy', () => new Proxy({ a: 1 }, {})],
  [
    'a Proxy that throws',
    () =>
      new Proxy(
        {},
        {
          ownKeys() {
            throw new Error('a trap')
          },
          get() {
            throw new Error('a trap')
          },
        },
      ),
  ],
  ['a Proxy of a revoked one', revoked],
  ['a Proxy without end', () => infinite()],
  ['100,000 levels', () => nested(100_000)],
  ['64 levels', () => nested(63)],
  ['65 levels', () => nested(66)],
  ['too large', () => 'x'.repeat(300_000)],
  ['too large in bytes', () => '\u20ac'.repeat(100_000)],
  ['100,000 keys', () => Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`k${at}`, at]))],
].map(([what, value]) => ({ what: what as string, value: value as () => unknown }))

function circle(): unknown {
  const self: Record<string, unknown> = { a: 1 }
  self['self'] = self
  return self
}

function turncoat(): unknown {
  let looks = 0
  return {
    get a(): unknown {
      return looks++ === 0 ? 1 : 1n
    },
  }
}

function endless(): unknown {
  return { toJSON: () => endless() }
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function infinite(): unknown {
  return new Proxy(
    { a: 1 },
    { get: (_, key) => (key === 'toJSON' || typeof key === 'symbol' ? undefined : infinite()) },
  )
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = { a: value }
  return value
}
