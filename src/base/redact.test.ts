import { describe, expect, it } from 'vitest'
import { cpuMs } from '../../test/support/cpu-time.ts'
import { hidden, redact, redactText, setRedaction } from './redact.ts'

// Made up, and put together here, so that no scanner of this repository takes them for real.
const secrets = {
  jwt: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJjYW5hcnkifQ', 'c2lnbmF0dXJlLWNhbmFyeQ'].join('.'),
  aws: `AKIA${'CANARY0123456789'}`,
  stripe: `sk_${'live'}_canary0123456789`,
  github: `ghp_${'canary'.repeat(6)}`,
  slack: `xox${'b'}-1234567890-canary`,
  openai: `sk-${'canary'.repeat(6)}`,
  pem: `-----BEGIN RSA ${'PRIVATE'} KEY-----\nY2FuYXJ5\n-----END RSA ${'PRIVATE'} KEY-----`,
  card: '4111 1111 1111 1111',
}

describe('by key', () => {
  const keys = [
    ...['password', 'PASSWORD', 'userPassword', 'password_confirmation', 'db-passwd', 'passphrase', 'pwd', 'secret'],
    ...['client_secret', 'clientSecret', 'clientsecret', 'token', 'accessToken', 'refresh_token', 'x-auth-token'],
    ...['API_KEY', 'apiKey', 'apikey', 'x-api-key', 'privateKey', 'AWS_SECRET_ACCESS_KEY', 'authorization', 'auth'],
    ...['Proxy-Authorization', 'cookie', 'Set-Cookie', 'credentials', 'sessionId', 'session_id', 'ssn', 'cardNumber'],
    ...['cvv', 'CVC', 'bearer', 'jwt', 'pin', 'tokens'],
  ]
  it.each(keys)('hides %s', (key) => {
    expect(redact({ [key]: 'canary', list: [{ [key]: { deep: 'canary' } }] })).toEqual({
      [key]: hidden,
      list: [{ [key]: hidden }],
    })
  })

  it('hides numbers and booleans there, not the absence of a value', () => {
    expect(redact({ pin: 1234, secret: true, token: null })).toEqual({ pin: hidden, secret: hidden, token: null })
  })

  it.each([
    'secretary',
    'tokenizer',
    'author',
    'keyboard',
    'compass',
    'passenger',
    'monkey',
    'spinner',
    'key',
    'session',
  ])('shows %s', (key) => expect(redact({ [key]: 'fine' })).toEqual({ [key]: 'fine' }))

  it('shows a card that is an object, without what makes it one', () => {
    const card = { number: 4_111, cvc: 1, brand: 'x', owner: { number: 7 } }
    const safe = { number: hidden, cvc: hidden, brand: 'x', owner: { number: 7 } }
    expect(redact({ card, creditCard: [card], number: 1, myCard: 'x' })).toEqual({
      card: safe,
      creditCard: [safe],
      number: 1,
      myCard: hidden,
    })
  })

  it('takes a number of tokens for a count', () => {
    expect(redact({ tokens: 100, maxTokens: 5 })).toEqual({ tokens: 100, maxTokens: 5 })
  })

  it('hides keys of the user, in any spelling, for one call or the process', () => {
    const value = { customer_ref: 'canary', 'old-customer-ref': 'canary', customerReference: 'fine' }
    const safe = { customer_ref: hidden, 'old-customer-ref': hidden, customerReference: 'fine' }
    expect(redact(value, { keys: ['customerRef'] })).toEqual(safe)
    expect(redact(value)).toEqual(value)
    expect(redact({ Пароль: 'canary' }, { keys: ['пароль', '-', ''] })).toEqual({ Пароль: hidden })
    setRedaction({ keys: ['customerRef'] })
    try {
      expect(redact(value)).toEqual(safe)
      expect(redactText('customer_ref=canary')).toBe(`customer_ref=${hidden}`)
    } finally {
      setRedaction({})
    }
    expect(redact(value)).toEqual(value)
  })
})

describe('by looks', () => {
  it.each(Object.entries(secrets))('hides a secret in a text: %s', (_, secret) => {
    expect(redactText(`it failed: (${secret}) was refused`)).toBe(`it failed: (${hidden}) was refused`)
    expect(redact({ note: [`x ${secret} y`] })).toEqual({ note: [`x ${hidden} y`] })
  })

  it.each([
    ['Authorization: Bearer canary-token-1', `Authorization: ${hidden}`],
    ['sent with Bearer canarycanary', `sent with Bearer ${hidden}`],
    ['sent with Basic Y2FuYXJ5OmNhbmFyeQ==', `sent with Basic ${hidden}`],
    ['Cookie: a=canary; b=canary\nHost: x', `Cookie: ${hidden}\nHost: x`],
    ['password=canary&user=ann', `password=${hidden}&user=ann`],
    ['{"user":"ann","password":"can\\"ary","n":1}', `{"user":"ann","password":"${hidden}","n":1}`],
    ["{ apiKey: 'can ary', n: 1 }", `{ apiKey: '${hidden}', n: 1 }`],
    ['the "{\\"token\\":\\"canary\\"}" of it', `the "{\\"token\\":\\"${hidden}\\"}" of it`],
    [
      `{"pin":1234,"pan":"canary","tokens":7,"tokens":["x"]}`,
      `{"pin":${hidden},"pan":"${hidden}","tokens":7,"tokens":["x"]}`,
    ],
    ['DB_PASSWORD=canary node x', `DB_PASSWORD=${hidden} node x`],
    ['postgres://ann:canary@db/x refused', 'postgres://ann:***@db/x refused'],
    ['https://x.test/?access_token=canary&n=1', `https://x.test/?access_token=${hidden}&n=1`],
    [`begins -----BEGIN ${'PRIVATE'} KEY-----\nY2FuYXJ5`, `begins ${hidden}`],
  ])('%s', (text, safe) => {
    expect(redactText(text)).toBe(safe)
    expect(redactText(safe), 'twice is once').toBe(safe)
  })

  it.each([
    `Unexpected token '}', "{}" is not valid JSON`,
    'Error: boom\n    at token (file:///app/secret.ts:12:3)',
    'the key is missing',
    'Basic authentication is off',
    'order 4111 1111 1111 1112 of 1722470400000',
    'took 12 ms: 3 tokens left',
  ])('leaves alone: %s', (text) => expect(redactText(text)).toBe(text))
})

describe('any value', () => {
  it('copies what is plain, and reads what speaks for itself', () => {
    const at = new Date(0)
    const value = { a: [1, 'x', null, true], at, map: new Map([['token', 'canary']]), set: new Set([1]), big: 1n }
    expect(redact(value)).toEqual({
      a: [1, 'x', null, true],
      at: '1970-01-01T00:00:00.000Z',
      map: { token: hidden },
      set: [1],
      big: '1n',
    })
    expect(redact({ toJSON: () => ({ password: 'canary' }) })).toEqual({ password: hidden })
    expect(redact(Buffer.from('canary'))).toBe('[6 bytes]')
    expect(redact(new Error('password=canary'))).toContain(`password=${hidden}`)
    expect(redact(JSON.parse('{"__proto__":{"token":"canary"}}'))).toEqual(
      JSON.parse(`{"__proto__":{"token":"${hidden}"}}`),
    )
  })

  it('never throws', () => {
    const circle: Record<string, unknown> = { name: 'x' }
    circle['self'] = circle
    expect(redact(circle)).toEqual({ name: 'x', self: '[circular]' })
    const boom = () => {
      throw new Error('canary')
    }
    expect(
      redact({
        get bad() {
          return boom()
        },
        toJSON: undefined,
        ok: 1,
      }),
    ).toEqual({ bad: '[unreadable]', toJSON: undefined, ok: 1 })
    expect(redact({ toJSON: boom })).toBe('[unreadable]')
    expect(redact([new Proxy({}, { ownKeys: boom }), 1])).toEqual(['[unreadable]', 1])
    expect(redact(new Proxy({}, { get: boom, getPrototypeOf: boom }))).toBe('[unreadable]')
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(redact({ proxy })).toEqual({ proxy: '[unreadable]' })
    expect(redact(() => 1)).toBe('[function]')
    expect(redact(undefined)).toBeUndefined()
  })

  it('is bounded in depth, number and length', () => {
    let deep: unknown = 'end'
    for (let i = 0; i < 100_000; i++) deep = [deep]
    const text = JSON.stringify(redact(deep))
    expect(text).toContain('[too deep]')
    expect(text.length).toBeLessThan(300)
    const wide = redact(Array.from({ length: 50_000 }, (_, i) => i)) as unknown[]
    expect(wide).toHaveLength(10_000)
    expect(wide.at(-1)).toBe('[40001 more]')
    const long = redact('x'.repeat(1_000_000)) as string
    expect(long.length).toBeLessThan(17_000)
    expect(redact(`${'x '.repeat(8_190)}${secrets.jwt}${'y'.repeat(9)}`)).not.toContain('canary')
  })

  it('reads hostile texts in linear time', () => {
    const runs = [
      'a',
      'eyJ',
      'eyJ-',
      'a-',
      'token',
      'token=',
      'bearer ',
      '-----BEGIN ',
      '4111 ',
      '"password":"\\',
      'a://',
      '&password',
    ]
    for (const run of runs) {
      const text = run.repeat(Math.ceil(20_000 / run.length)) + '://'
      expect(
        cpuMs(() => redactText(text)),
        run,
      ).toBeLessThan(250)
    }
  })
})
