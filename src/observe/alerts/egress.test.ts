import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { describe, expect, it } from 'vitest'
import { failure, serve } from '../../../test/support/http.ts'
import { systemEnv } from '../../base/env.ts'
import { isPublicAddress, webhookUrl } from './egress.ts'
import { post } from './post.ts'

/** Hosts that mean this machine, its network, or a cloud's metadata, in every spelling that some parser takes. */
const hosts = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '0', '0.0.0.0', '0x7f000001', '0x7f.1', '2130706433'],
  ...[
    '017700000001',
    '0177.0.0.1',
    '127.0.0.01',
    '127.000.000.001',
    '①②⑦.⓪.⓪.①',
    '１２７.0.0.1',
    '127。0。0。1',
    '127.0.0.1.',
  ],
  ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', '100.127.255.255', '169.254.169.254'],
  ...[
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '255.255.255.255',
    '240.0.0.1',
  ],
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
  ],
  ...[
    '[fd00:ec2::254]',
    '[fc00::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
  ],
  ...['[2002:7f00:1::]', '[2001:0:7f00:1::1]', '[2001:db8::1]', '[100::1]', '[3fff::1]', '[2001:10::1]'],
]
/** Names that lead to this machine. */
const names = ['localhost', 'localhost.', 'LOCALHOST', 'ip6-localhost', 'a.localhost']

const spellings = (host: string): string[] => [
  `https://${host}/`,
  `https://${host}:8443/`,
  `HTTPS://${host}/hook?x=1#y`,
  `https:\\\\${host}/`,
  `https:/${host}/`,
]
const odd = [
  ...[
    '',
    ' ',
    'localhost',
    '//127.0.0.1/',
    'https://',
    'https:///',
    'https://[::1',
    'https://[::1%25lo]/',
    'https://%31%32%37.0.0.1/',
  ],
  ...[
    'http://127.0.0.1/',
    'http://example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_x',
    'data:text/plain,x',
  ],
  ...[
    'unix:/var/run/docker.sock',
    'ftp://127.0.0.1/',
    'ws://127.0.0.1/',
    'javascript:alert(1)',
    'blob:https://127.0.0.1/x',
  ],
  ...[
    'https://user@example.com/',
    'https://user:pw@127.0.0.1/',
    'https://example.com@127.0.0.1/',
    'https://127.0.0.1#@example.com/',
  ],
  ...[
    'https://127.0.0.1\\@example.com/',
    'https://example.com:6379/',
    'https://example.com:22/',
    'https://example.com:0/',
  ],
  ...[
    'https://example.com/\r\nHost: evil',
    'https://example.com/\u0000',
    'https://exam\tple.com/',
    '\u0001https://127.0.0.1/',
  ],
  ...[
    'https://example.com:99999/',
    'https://127.0.0.1\n.example.com/',
    'https://[::ffff:169.254.169.254]/latest/meta-data',
  ],
]
const corpus = [...hosts.flatMap(spellings), ...names.flatMap(spellings), ...odd]

const answering =
  (...addresses: string[]): LookupFunction =>
  (_host, options, done) => {
    const all: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (options.all === true) done(null, all)
    else done(null, all[0]!.address, all[0]!.family)
  }

const send = (text: string, lookup?: LookupFunction): Promise<number> =>
  post({
    env: systemEnv,
    url: webhookUrl(text, false),
    headers: {},
    body: '{}',
    allowPrivate: false,
    signal: AbortSignal.timeout(2_000),
    ...(lookup && { lookup }),
  })

describe('a webhook goes nowhere but to the public internet', () => {
  it(`none of ${corpus.length} URLs reaches this machine, with whatever port`, { timeout: 60_000 }, async () => {
    await using canary = await serve((_, response) => response.end())
    const port = new URL(canary.origin).port
    let denied = 0
    for (const text of corpus) {
      const here = text.replace(':8443/', `:${port}/`)
      for (const one of new Set([text, here])) {
        // A name that leads nowhere at all fails as a name does.
        const error = await failure(
          (async () =>
            send(
              one,
              names.some((name) => one.toLowerCase().includes(name.toLowerCase()))
                ? answering('127.0.0.1', '::1')
                : answering('192.168.7.7'),
            ))(),
        )
        if (error.code === 'FW_EGRESS_DENIED') denied++
        else expect.soft(error.code, one).toBe('FW_EGRESS_DENIED')
      }
    }
    expect(denied).toBeGreaterThan(corpus.length)
    expect(canary.connections.count).toBe(0)
  })

  it('nor does what would send it, were the URL not looked at before', { timeout: 60_000 }, async () => {
    await using canary = await serve((_, response) => response.end())
    const { port } = new URL(canary.origin)
    const knock = (host: string, allowPrivate: boolean) =>
      post({
        env: systemEnv,
        url: new URL(`http://${host}:${port}/`),
        headers: {},
        body: '{}',
        allowPrivate,
        signal: AbortSignal.timeout(2_000),
        lookup: answering('127.0.0.1'),
      })
    const parsed = [...hosts, ...names].filter((host) => URL.canParse(`http://${host}:${port}/`))
    expect(parsed.length).toBeGreaterThan(50)
    for (const host of parsed)
      expect(await failure(knock(host, false)), host).toMatchObject({ code: 'FW_EGRESS_DENIED' })
    expect(canary.connections.count).toBe(0)
    // The canary does sing.
    for (const host of ['127.1', '2130706433', 'localhost']) expect(await knock(host, true)).toBe(200)
    expect(canary.connections.count).toBe(3)
  })

  it('a name that leads here is refused by the system’s own lookup, too', async () => {
    const error = await failure((async () => send('https://localhost:8443/'))())
    expect(error).toMatchObject({ code: 'FW_EGRESS_DENIED' })
  })

  it('a name that changes its mind between two looks is looked at when it is connected', async () => {
    let looks = 0
    const rebinding: LookupFunction = (...given) => answering(looks++ === 0 ? '127.0.0.1' : '93.184.216.34')(...given)
    expect(await failure((async () => send('https://rebind.example/', rebinding))())).toMatchObject({
      code: 'FW_EGRESS_DENIED',
    })
    expect(looks).toBe(1)
  })

  it('of several addresses only public ones are called', async () => {
    const mixed = answering('127.0.0.1', '10.0.0.1', '::1')
    expect(await failure((async () => send('https://mixed.example/', mixed))())).toMatchObject({
      code: 'FW_EGRESS_DENIED',
    })
  })

  it('no refusal repeats the URL: there may be a secret in it', async () => {
    for (const text of [
      'http://hook.example/s3cret',
      'https://user:s3cret@hook.example/',
      'https://hook.example:99/s3cret',
      's3cret',
    ]) {
      const error = await failure((async () => webhookUrl(text, false))())
      expect(error.message).not.toContain('s3cret')
    }
  })

  it('what is public is taken as it is', () => {
    for (const text of [
      'https://hooks.example.com/a?b=c',
      'https://hooks.example.com:8443/',
      'https://93.184.216.34/',
      'https://[2606:4700::1]/',
    ]) {
      expect(webhookUrl(text, false).href).toBe(text)
    }
    expect(webhookUrl('http://127.0.0.1:9/x', true).port).toBe('9')
    expect(() => webhookUrl('ftp://127.0.0.1/', true)).toThrow(/ftp:/)
    expect(() => webhookUrl('http://me@127.0.0.1/', true)).toThrow(/user/)
  })
})

describe('isPublicAddress', () => {
  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('%s is', (address) => expect(isPublicAddress(address)).toBe(true))
  it.each(['', 'localhost', '127.0.0.1', 'fe80::1%eth0', '::ffff:8.8.8.8', '64:ff9b::808:808', '999.1.1.1'])(
    '%s is not',
    (address) => expect(isPublicAddress(address)).toBe(false),
  )
})
