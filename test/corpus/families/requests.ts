import { gzipSync } from 'node:zlib'
import type { Case } from '../expand.ts'
import { type Bytes, end, framing, get, host, sized } from './framing.ts'

const methods = [
  'HEAD',
  'GET',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'LINK',
  'get',
  'POST\0',
  'DELETE',
  'PUT',
  'QUERY',
  'BREW',
]
const writes = ['/v1/queues/q/pause', '/v1/jobs/batch', '/v1/jobs/x/cancel', '/v1/tokens', '/v1/bulk']
const targets = [
  '//',
  '//v1/queues',
  '/v1//queues',
  '/./v1/queues',
  '/v1/../v1/queues',
  '/v1/queues/',
  '/v1/queues;a=b',
  '/V1/QUEUES',
  '/v1/queues%00',
  '/v1/%71ueues',
  '/v1%2fqueues',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..\\..\\etc',
  '/v1/queues#frag',
  '/v1/queues?',
  '/v1/queues??',
  '/v1/queues?a',
  '/v1/queues?=',
  '/v1/queues?&&&',
  '/v1/jobs?limit[]=1',
  '/v1/jobs?limit=1&limit=2',
  '/v1/jobs?queue=a&queue=b',
  '/v1/jobs?__proto__[x]=1',
  '/v1/jobs?constructor=1',
  '/v1/jobs?%',
  '/v1/jobs?%ff=%fe',
  '/v1/jobs/%',
  '/v1/jobs/%zz',
  '/v1/jobs/%c0%80',
  '/v1/jobs/%ed%a0%80',
  '*',
  'http://evil.example/v1/queues',
  'http://127.0.0.1/v1/queues',
  'evil.example:443',
  '',
  ' ',
  '/ ',
  '/a b',
  '\\',
  '?',
  '/v1/jobs/' + 'a'.repeat(2_600),
  '/' + 'a/'.repeat(5_000),
  '/' + '?'.repeat(8_000),
  '/v1/jobs?' + 'a=1&'.repeat(3_000),
  '/v1/jobs?' + 'state=dead&'.repeat(1_000),
]
const hosts = [
  'evil.example',
  '127.0.0.1@evil.example',
  'evil.example#127.0.0.1',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '[::1',
  '[::1]x',
  '0',
  '0x7f000001',
  '127.1',
  '::1',
  '',
  ' ',
  '127.0.0.1, evil.example',
  '127.0.0.1:99999999',
  'a'.repeat(10_000),
  '\x80',
  'localhost:80:80',
  '169.254.169.254',
  '[::ffff:7f00:1]',
  'LOCALHOST.',
]
const origins = [
  'origin: null',
  'origin: https://evil.example',
  'origin: http://127.0.0.1.evil.example',
  'origin: ',
  'origin: file://',
  'origin: http://127.0.0.1:1',
  'origin: \x80',
  'sec-fetch-site: cross-site',
  'sec-fetch-site: same-site',
  'sec-fetch-site: ',
  'sec-fetch-site: none, cross-site',
  'sec-fetch-site: x',
]
const credentials = [
  'authorization: Bearer wrong',
  'authorization: Bearer ',
  'authorization: Bearer',
  'authorization: bearer\t#TOKEN#',
  'authorization: Basic #TOKEN#',
  'authorization: #TOKEN#',
  'authorization: Bearer #TOKEN# #TOKEN#',
  'authorization: Bearer #TOKEN#x',
  'authorization: Bearer "#TOKEN#"',
  'authorization: Bearer wrong\r\nauthorization: Bearer #TOKEN#',
  'x-api-key: #TOKEN#',
  'cookie: token=#TOKEN#',
  'proxy-authorization: Bearer #TOKEN#',
  `authorization: Bearer ${'a'.repeat(9_000)}`,
  'authorization: Bearer \x80\xff',
  'x-forwarded-for: 127.0.0.1',
  'x-forwarded-user: admin',
  'forwarded: for=127.0.0.1',
  'x-original-url: /healthz',
  'authorization: Digest x',
  'authorization: Bearer expired-token-0123456789',
]
const tokenTargets = [
  '/v1/queues?token=#TOKEN#',
  '/v1/queues?access_token=#TOKEN#',
  '/v1/queues?authorization=Bearer%20#TOKEN#',
  '/v1/events?token=#TOKEN#',
  '/metrics?token=#TOKEN#',
  '/v1/openapi.json?token=#TOKEN#',
  'http://u:#TOKEN#@127.0.0.1/v1/queues',
]
const types = [
  'text/plain',
  '',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;;;',
  'application/jsonx',
  'APPLICATION/JSON',
  'application/json, text/plain',
  '*/*',
  'application/xml',
  'a'.repeat(5_000),
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
]
const encodings = ['gzip', 'deflate', 'br', 'identity', 'x', 'gzip, gzip', 'zstd', 'compress']

/** F8: what is sent, on a socket of its own. `#TOKEN#` is one that is good. */
export const requests = (): Case<Bytes>[] =>
  [
    ...methods.flatMap((method, at) =>
      writes
        .slice(at % 3, (at % 3) + 2)
        .map((target): [string, Bytes] => [
          `${method} ${target}`,
          `${method} ${target} HTTP/1.1\r\n${host}authorization: Bearer #TOKEN#\r\n${method === 'DELETE' || method === 'PUT' ? 'content-length: 0\r\n' : ''}${end}`,
        ]),
    ),
    ...['x-http-method-override: DELETE', 'x-http-method: POST', 'x-method-override: PUT'].map(
      (header): [string, Bytes] => [
        header,
        get('/v1/queues/q/pause', `${header}\r\nauthorization: Bearer #TOKEN#\r\n`),
      ],
    ),
    ...targets.map((target): [string, Bytes] => [`target ${target}`, get(target, 'authorization: Bearer #TOKEN#\r\n')]),
    ...hosts.map((name): [string, Bytes] => [
      `host ${name}`,
      `GET /v1/queues HTTP/1.1\r\nhost: ${name}\r\nauthorization: Bearer #TOKEN#\r\n${end}`,
    ]),
    ...origins.map((header): [string, Bytes] => [
      header,
      `POST /v1/queues/q/pause HTTP/1.1\r\n${host}${header}\r\nauthorization: Bearer #TOKEN#\r\ncontent-length: 0\r\n${end}`,
    ]),
    ...types.map((type): [string, Bytes] => [
      `content-type ${type}`,
      `POST /v1/jobs HTTP/1.1\r\n${host}authorization: Bearer #TOKEN#\r\ncontent-type: ${type}\r\ncontent-length: 14\r\n${end}{"name":"job"}`,
    ]),
    ...encodings.flatMap((encoding): [string, Bytes][] => [
      [`${encoding} of a bomb`, sized(bomb, `content-encoding: ${encoding}\r\n`)],
      [`${encoding} of nothing`, sized('', `content-encoding: ${encoding}\r\n`)],
    ]),
    ...framing,
  ].map(([what, value]) => ({ what: (what as string).slice(0, 100), value: value as Bytes }))

const bomb = gzipSync(Buffer.alloc(20_000_000))

/** What looks like a credential and is none: nobody comes in. */
export const noCredentials = (): Case<string>[] => [
  ...credentials.map((header) => ({ what: header.slice(0, 80), value: get('/v1/queues', `${header}\r\n`) })),
  ...tokenTargets.map((target) => ({ what: target, value: get(target) })),
  ...[
    '/v1/queues',
    '/v1/jobs',
    '/v1/events',
    '/metrics',
    '/v1/openapi.json',
    '/v1/tokens',
    '/v1/audit',
    '/v1/whoami',
    '/v1/stats',
  ].map((target) => ({ what: `${target} without any`, value: get(target) })),
]
