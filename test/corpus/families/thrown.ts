import { spilled } from '../laws/canaries.ts'

/** What a handler does instead of its work: it throws, or its promise is rejected, with anything there is. */
export interface Thrown {
  what: string
  fail: () => unknown
}

const values: [what: string, make: () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['false', () => false],
  ['zero', () => 0],
  ['NaN', () => NaN],
  ['a BigInt', () => 1n],
  ['an empty text', () => ''],
  ['a text', () => 'no'],
  ['a text with secrets', () => spilled],
  ['control characters', () => 'a\0b\x1b[2J\x9b2J\r\nforged line'],
  ['half a surrogate', () => 'a\ud800'],
  ['a Symbol', () => Symbol('s')],
  ['a function', () => () => 1],
  ['a class', () => class Some {}],
  ['an object', () => ({ message: 'an object', code: 'E' })],
  ['an object with secrets', () => ({ message: spilled, password: spilled })],
  ['an object without a prototype', () => Object.create(null)],
  ['an array', () => [1, spilled]],
  ['an array of a million', () => Array.from({ length: 1_000_000 }, () => 'x')],
  ['an Error', () => new Error('an Error')],
  ['an Error with secrets', () => new Error(spilled)],
  [
    'an Error with secrets in its fields',
    () => Object.assign(new Error('fields'), { password: spilled, config: { headers: { authorization: spilled } } }),
  ],
  [
    'an Error with secrets in its stack',
    () => Object.assign(new Error('stack'), { stack: `Error: stack\n    at ${spilled}` }),
  ],
  ['an Error with secrets in its cause', () => new Error('cause', { cause: new Error(spilled) })],
  ['an Error with secrets in its name', () => Object.assign(new Error('name'), { name: spilled })],
  ['an Error with secrets in its code', () => Object.assign(new Error('code'), { code: spilled })],
  ['an Error without a message', () => new Error()],
  ['an Error of 10 MB', () => new Error('x'.repeat(10_000_000))],
  ['an Error of 10 MB of secrets', () => new Error(`${spilled} `.repeat(10_000_000 / spilled.length))],
  ['an Error of 10 MB of lines', () => new Error('a\n'.repeat(5_000_000))],
  ['an Error whose message is an object', () => Object.assign(new Error(), { message: { a: 1 } })],
  ['an Error whose message is a Symbol', () => Object.assign(new Error(), { message: Symbol('m') })],
  ['an Error whose stack is a number', () => Object.assign(new Error('x'), { stack: 1 })],
  ['an Error whose stack is undefined', () => Object.assign(new Error('x'), { stack: undefined })],
  [
    'an Error whose stack throws',
    () =>
      Object.defineProperty(new Error('x'), 'stack', {
        get: () => {
          throw new Error('stack')
        },
      }),
  ],
  [
    'an Error whose message throws',
    () =>
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('message')
        },
      }),
  ],
  [
    'an Error whose name throws',
    () =>
      Object.defineProperty(new Error('x'), 'name', {
        get: () => {
          throw undefined
        },
      }),
  ],
  [
    'an Error whose code throws',
    () =>
      Object.defineProperty(new Error('x'), 'code', {
        get: () => {
          throw new Error('code')
        },
      }),
  ],
  [
    'an Error whose cause throws',
    () =>
      Object.defineProperty(new Error('x'), 'cause', {
        get: () => {
          throw new Error('cause')
        },
      }),
  ],
  [
    'an Error whose toString throws',
    () =>
      Object.assign(new Error('x'), {
        toString: () => {
          throw new Error('toString')
        },
      }),
  ],
  [
    'an Error whose toJSON throws',
    () =>
      Object.assign(new Error('x'), {
        toJSON: () => {
          throw new Error('toJSON')
        },
      }),
  ],
  ['an Error whose code is one of ours', () => Object.assign(new Error('x'), { code: 'FW_JOB_INVALID' })],
  ['an Error whose code is of Object', () => Object.assign(new Error('x'), { code: 'constructor' })],
  ['an Error whose code is an object', () => Object.assign(new Error('x'), { code: {} })],
  ['an Error whose name is __proto__', () => Object.assign(new Error('x'), { name: '__proto__' })],
  ['a frozen Error', () => Object.freeze(new Error('frozen'))],
  ['a frozen object', () => Object.freeze({})],
  ['a sealed Error', () => Object.seal(new Error('sealed'))],
  ['an Error without a prototype', () => Object.setPrototypeOf(new Error('x'), null)],
  ['an Error of another prototype', () => Object.setPrototypeOf(new Error('x'), Array.prototype)],
  ['what only looks like an Error', () => Object.create(Error.prototype)],
  [
    'a cause that is itself',
    () => {
      const error = new Error('circle')
      error.cause = error
      return error
    },
  ],
  [
    'a circle of causes',
    () => {
      const [a, b] = [new Error('a'), new Error('b')]
      a.cause = b
      b.cause = a
      return a
    },
  ],
  [
    '10,000 causes',
    () => {
      let error = new Error('0')
      for (let n = 1; n < 10_000; n++) error = new Error(String(n), { cause: error })
      return error
    },
  ],
  ['causes that are no errors', () => new Error('x', { cause: Symbol('cause') })],
  ['an AggregateError', () => new AggregateError([new Error('a'), 'b'], 'all')],
  [
    'an AggregateError of 10,000',
    () =>
      new AggregateError(
        Array.from({ length: 10_000 }, (_, n) => new Error(`${n} ${spilled}`)),
        'all',
      ),
  ],
  [
    'an AggregateError of itself',
    () => {
      const error = new AggregateError([], 'self')
      error.errors.push(error)
      return error
    },
  ],
  [
    'an AggregateError whose errors throw',
    () =>
      Object.defineProperty(new AggregateError([]), 'errors', {
        get: () => {
          throw new Error('errors')
        },
      }),
  ],
  ['an AbortError', () => new DOMException('aborted', 'AbortError')],
  ['a TimeoutError', () => AbortSignal.timeout(0).reason ?? new DOMException('late', 'TimeoutError')],
  ['a Proxy of an Error', () => new Proxy(new Error('x'), {})],
  [
    'a Proxy that throws',
    () =>
      new Proxy(new Error('x'), {
        get: () => {
          throw new Error('trap')
        },
        has: () => {
          throw new Error('trap')
        },
      }),
  ],
  [
    'a Proxy that throws about its prototype',
    () =>
      new Proxy(new Error('x'), {
        getPrototypeOf: () => {
          throw new Error('trap')
        },
      }),
  ],
  ['a Proxy that lies', () => new Proxy(new Error('x'), { get: () => 'lie', getPrototypeOf: () => Array.prototype })],
  [
    'a revoked Proxy',
    () => {
      const { proxy, revoke } = Proxy.revocable(new Error('x'), {})
      revoke()
      return proxy
    },
  ],
  [
    'a revoked Proxy of a function',
    () => {
      const { proxy, revoke } = Proxy.revocable(() => 1, {})
      revoke()
      return proxy
    },
  ],
  ['a Promise', () => Promise.resolve(1)],
  ['a Promise that never ends', () => new Promise(() => {})],
  ['a thenable', () => ({ then: (resolve: (value: unknown) => void) => resolve(1) })],
  ['a thenable of two faces', twoFaced],
  [
    'a getter named then',
    () =>
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('then')
        },
      }),
  ],
  ['a Date', () => new Date(NaN)],
  ['a Map', () => new Map([['a', spilled]])],
  ['a Buffer', () => Buffer.alloc(1_000_000)],
  ['a WeakRef', () => new WeakRef({})],
  [
    'an object with a getter',
    () => ({
      get message(): never {
        throw new Error('getter')
      },
    }),
  ],
  ['an object whose toString is no function', () => ({ toString: 1, valueOf: 2 })],
  [
    'an object whose Symbol.toPrimitive throws',
    () => ({
      [Symbol.toPrimitive]: () => {
        throw new Error('primitive')
      },
    }),
  ],
  [
    'an object of 100,000 levels',
    () => {
      let deep: unknown = {}
      for (let n = 0; n < 100_000; n++) deep = { deep }
      return deep
    },
  ],
  ['a number object', () => Object(1)],
]

function twoFaced(): unknown {
  let looks = 0
  return {
    get then() {
      return looks++ % 2 === 0
        ? undefined
        : () => {
            throw new Error('the other face')
          }
    },
  }
}

export const thrown: readonly Thrown[] = values.flatMap(([what, make], at) => [
  {
    what: `throws ${what}`,
    fail: () => {
      throw make()
    },
  },
  ...(at % 4 === 1 ? [{ what: `is rejected with ${what}`, fail: () => Promise.reject(make()) }] : []),
])
