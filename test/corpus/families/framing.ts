export type Bytes = string | Buffer | readonly (string | Buffer)[]

export const host = 'host: 127.0.0.1\r\n'
export const end = 'connection: close\r\n\r\n'
export const get = (target: string, headers = ''): string => `GET ${target} HTTP/1.1\r\n${host}${headers}${end}`
const post = (headers: string, body: string | Buffer, target = '/v1/jobs'): Bytes => [
  `POST ${target} HTTP/1.1\r\n${host}content-type: application/json\r\nauthorization: Bearer #TOKEN#\r\n${headers}${end}`,
  body,
]
export const sized = (body: string | Buffer, headers = '', target = '/v1/jobs'): Bytes =>
  post(`${headers}content-length: ${Buffer.byteLength(body)}\r\n`, body, target)

/** What stands on the wire, well or badly framed, and what is large. */
export const framing: [what: string, bytes: Bytes][] = [
  [
    'CL and TE',
    post('content-length: 5\r\ntransfer-encoding: chunked\r\n', '0\r\n\r\nGET /v1/queues HTTP/1.1\r\n\r\n'),
  ],
  ['TE and CL', post('transfer-encoding: chunked\r\ncontent-length: 5\r\n', '0\r\n\r\n')],
  ['two CL', post('content-length: 2\r\ncontent-length: 20\r\n', '{}')],
  ['the same CL twice', post('content-length: 2\r\ncontent-length: 2\r\n', '{}')],
  ['CL list', post('content-length: 2, 2\r\n', '{}')],
  ['CL negative', post('content-length: -1\r\n', '{}')],
  ['CL plus', post('content-length: +2\r\n', '{}')],
  ['CL hex', post('content-length: 0x2\r\n', '{}')],
  ['CL huge', post('content-length: 99999999999999999999\r\n', '{}')],
  ['CL of 10 GB', post('content-length: 10000000000\r\n', '{}')],
  ['CL blank', post('content-length : 2\r\n', '{}')],
  ['TE twice', post('transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n', '0\r\n\r\n')],
  ['TE of old', post('transfer-encoding: xchunked\r\n', '0\r\n\r\n')],
  ['TE folded', post('transfer-encoding:\r\n chunked\r\n', '0\r\n\r\n')],
  ['TE in capitals with a tab', post('Transfer-Encoding:\tchunked\r\n', '0\r\n\r\n')],
  ...['zz', '-1', '0x5', 'ffffffffffffffff', '5;ext=' + 'a'.repeat(20_000), '5 ', '', '5\n'].map(
    (size): [string, Bytes] => [
      `chunk ${size.slice(0, 20)}`,
      post('transfer-encoding: chunked\r\n', `${size}\r\nhello\r\n0\r\n\r\n`),
    ],
  ),
  ['chunk too short', post('transfer-encoding: chunked\r\n', '5\r\nhellohello\r\n0\r\n\r\n')],
  ['chunks of one byte', post('transfer-encoding: chunked\r\n', '1\r\n{\r\n'.repeat(20_000) + '0\r\n\r\n')],
  [
    'a trailer',
    post('transfer-encoding: chunked\r\ntrailer: x\r\n', '2\r\n{}\r\n0\r\nauthorization: Bearer x\r\n\r\n'),
  ],
  ['bare line feeds', `GET /v1/queues HTTP/1.1\nhost: 127.0.0.1\n\n`],
  ['bare carriage returns', `GET /v1/queues HTTP/1.1\rhost: 127.0.0.1\r\r`],
  ['a folded header', get('/v1/queues', 'x: a\r\n b\r\n')],
  ['a NUL in a header', get('/v1/queues', 'x: a\0b\r\n')],
  ['a blank in a name', get('/v1/queues', 'x y: a\r\n')],
  ['no name', get('/v1/queues', ': a\r\n')],
  ['no colon', get('/v1/queues', 'xyz\r\n')],
  ['a header of 17 KB', get('/v1/queues', `x: ${'y'.repeat(17_000)}\r\n`)],
  ['100,000 headers', get('/v1/queues', 'a: b\r\n'.repeat(100_000))],
  ['3,000 headers', get('/v1/queues', 'a:\r\n'.repeat(3_000))],
  ['2,000 different headers', get('/v1/queues', Array.from({ length: 1_500 }, (_, n) => `h${n}:\r\n`).join(''))],
  ['__proto__ as a header', get('/v1/queues', '__proto__: x\r\nconstructor: y\r\n')],
  ['two hosts', `GET /v1/queues HTTP/1.1\r\n${host}host: evil.example\r\n${end}`],
  ['no host', `GET /v1/queues HTTP/1.1\r\n${end}`],
  ['HTTP/0.9', 'GET /v1/queues\r\n'],
  ['HTTP/1.0', 'GET /v1/queues HTTP/1.0\r\n\r\n'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
  ['HTTP/9.9', `GET / HTTP/9.9\r\n${host}${end}`],
  ['TLS', Buffer.from('16030100a5010000a10303', 'hex')],
  ['zeros', Buffer.alloc(10_000)],
  ['a megabyte of a line', 'A'.repeat(1_000_000)],
  ['Redis', '*1\r\n$8\r\nFLUSHALL\r\n'],
  ['SMTP', 'EHLO a\r\n'],
  ['SSH', 'SSH-2.0-x\r\n'],
  ['nothing', ''],
  ['line feeds', '\r\n'.repeat(10_000)],
  [
    'Upgrade to a websocket',
    get('/v1/events', 'upgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 13\r\n').replace(
      'connection: close',
      'connection: upgrade',
    ),
  ],
  [
    'Upgrade to h2c',
    get('/v1/queues', 'upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n').replace(
      'connection: close',
      'connection: upgrade, http2-settings',
    ),
  ],
  ['Expect', sized('{"name":"job"}', 'expect: 100-continue\r\n')],
  ['another Expect', sized('{"name":"job"}', 'expect: 200-ok\r\n')],
  ['a range', get('/v1/queues', 'range: bytes=0-,0-,0-\r\n')],
  ['200 pipelined', get('/healthz').replace('connection: close\r\n', '').repeat(200)],
  ['500 pipelined that are refused', get('/v1/queues?x=1').replace('connection: close\r\n', '').repeat(500)],
  [
    'pipelined after a body that is refused',
    [`POST /v1/jobs HTTP/1.1\r\n${host}content-type: text/plain\r\ncontent-length: 60\r\n\r\n`, get('/v1/queues')],
  ],
  ['a batch of a million', sized(`{"jobs":[${'{},'.repeat(999_999)}{}]}`, '', '/v1/jobs/batch')],
  ['a batch of 1,001', sized(`{"jobs":[${'{"name":"job"},'.repeat(1_000)}{"name":"job"}]}`, '', '/v1/jobs/batch')],
  ['a batch of 4 MB', sized(`{"jobs":[{"name":"job","input":"${'x'.repeat(4_150_000)}"}]}`, '', '/v1/jobs/batch')],
  [
    'a batch of 4 MB in 1,000 jobs',
    sized(
      `{"jobs":[${Array.from({ length: 1_000 }, () => `{"name":"job","id":"\\u0000","input":"${'\\\\\\"'.repeat(1_000)}"}`).join(',')}]}`,
      '',
      '/v1/jobs/batch',
    ),
  ],
  ['a batch of 17 MB', sized(`{"jobs":[{"name":"job","input":"${'x'.repeat(17_000_000)}"}]}`, '', '/v1/jobs/batch')],
  ['a batch of zeros', sized(`{"jobs":[${'0,'.repeat(50_000)}0]}`, '', '/v1/jobs/batch')],
  ['100,000 tags', sized(`{"name":"job","tags":[${'"a",'.repeat(99_000)}"a"]}`)],
  [
    '99,000 headers of a job',
    sized(`{"name":"job","headers":{${Array.from({ length: 60_000 }, (_, n) => `"h${n}":""`).join(',')}}}`),
  ],
  ['99,000 unknown fields', sized(`{"name":"job",${Array.from({ length: 60_000 }, (_, n) => `"f${n}":0`).join(',')}}`)],
  ['a body in UTF-16', sized(Buffer.from('\ufeff{"name":"job"}', 'utf16le'))],
  ['a body after a BOM', sized('\ufeff{"name":"job"}')],
  ['bad UTF-8', sized(Buffer.from([0x22, 0xff, 0xc0, 0x80, 0x22]))],
]
