import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parseRedisUrl } from './url.ts'

const own = ['installation', 'keyPrefix', 'shards'] as const
const local = { host: '127.0.0.1', port: 6379 }

test.each<[string, object, string]>([
  ['redis://', local, 'redis://127.0.0.1:6379'],
  ['redis://127.0.0.1', local, 'redis://127.0.0.1:6379'],
  ['redis://cache.example:7000/3', { host: 'cache.example', port: 7000, db: 3 }, 'redis://cache.example:7000/3'],
  ['redis://[::1]:7000', { host: '::1', port: 7000 }, 'redis://[::1]:7000'],
  ['redis://:p%40ss%3A%2F@h', { host: 'h', password: 'p@ss:/' }, 'redis://h:6379'],
  ['redis://ada:se:cret@h', { host: 'h', username: 'ada', password: 'se:cret' }, 'redis://h:6379'],
  ['redis://ada:se@cret@h', { host: 'h', username: 'ada', password: 'se@cret' }, 'redis://h:6379'],
  ['redis://ada@h', { host: 'h', username: 'ada' }, 'redis://h:6379'],
  ['rediss://h?servername=other', { host: 'h', tls: { servername: 'other' } }, 'rediss://h:6379'],
  ['REDISS://h', { host: 'h', tls: {} }, 'rediss://h:6379'],
])('%s', (url, options, address) => {
  const { target } = parseRedisUrl(url, own)
  expect(target).toMatchObject({ kind: 'server', options, address })
})

test('several sentinels, a master and a database', () => {
  const { target } = parseRedisUrl('redis+sentinel://ada:pw@a,b:7000/mymaster/2?sentinelPassword=watch', own)
  expect(target).toMatchObject({
    kind: 'sentinel',
    address: 'redis+sentinel://a:26379,b:7000/mymaster',
    options: { username: 'ada', password: 'pw', db: 2, name: 'mymaster', sentinelPassword: 'watch' },
  })
  expect(target.options['sentinels']).toEqual([
    { host: 'a', port: 26_379 },
    { host: 'b', port: 7000 },
  ])
  expect(target.options['tls']).toBeUndefined()
})

test('TLS to a sentinel is TLS to its master too', () => {
  const { target } = parseRedisUrl('rediss+sentinel://a/m?servername=x', own)
  const tls = { servername: 'x' }
  expect(target.options).toMatchObject({ tls, sentinelTLS: tls, enableTLSForSentinelMode: true })
})

test('several nodes of a cluster', () => {
  const { target } = parseRedisUrl('rediss+cluster://:pw@a:1,b:2,[::1]', own)
  expect(target).toMatchObject({
    kind: 'cluster',
    address: 'rediss+cluster://a:1,b:2,[::1]:6379',
    options: { password: 'pw', tls: {} },
    nodes: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
      { host: '::1', port: 6379 },
    ],
  })
})

test('CA, certificate and key are files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-url-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const name of ['ca', 'cert', 'key']) writeFileSync(join(folder, name), `the ${name}`)
  const files = ['ca', 'cert', 'key'].map((name) => `${name}=${encodeURIComponent(join(folder, name))}`).join('&')
  const { target } = parseRedisUrl(`rediss://h?${files}`, own)
  expect(target.options['tls']).toEqual({ ca: 'the ca', cert: 'the cert', key: 'the key' })
})

test('where our keys lie', () => {
  const { given } = parseRedisUrl('redis://h?installation=shop&keyPrefix=app%3A', own)
  expect(given).toEqual({ installation: 'shop', keyPrefix: 'app:' })
})

test.each([
  ['redis:', 'redis://user:password@host:port/db'],
  ['http://h', 'redis://user:password@host:port/db'],
  ['redis://h/x', '"x" is not the number of a database'],
  ['redis://h/-1', 'not the number'],
  ['redis://h/1/2', 'too long'],
  ['redis://a,b', 'redis+sentinel:// or redis+cluster://'],
  ['redis://h:99999', '99999 is not a port'],
  ['redis://h:0', '0 is not a port'],
  ['redis://h x', 'not a host and a port'],
  ['redis://h?instalation=x', 'Did you mean "installation"?'],
  ['redis://h?zzzzzzzzzzzz=x', 'Known are: installation'],
  ['redis+sentinel://h', 'names the master'],
  ['redis+cluster://h/1', 'no other database than 0'],
  ['redis://:%zz@h', 'write it as %25'],
  ['rediss://h?ca=/no/such/file', '/no/such/file'],
])('%s is refused: %s', (url, why) => {
  expect(() => parseRedisUrl(url, own)).toThrow(
    expect.objectContaining({ code: 'FW_CONFIG_INVALID', message: expect.stringContaining(why) as string }),
  )
})

test.each([
  'redis://ada:geheim@h/x',
  'redis://ada:ge/heim@h',
  'redis://ada:geheim%zz@h',
  'redis+sentinel://ada:geheim@h1,h2',
  'redis+sentinel://h1/m/x?sentinelPassword=geheim',
])('%s: no error shows the password', (url) => {
  let message = ''
  try {
    parseRedisUrl(url, own)
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).toMatch(/^The Redis URL /)
  expect(message).not.toMatch(/geheim|ge\/heim/)
})
