import { gzipSync } from 'node:zlib'

/** What has become of a body in the store: from what it was, what lies there now. */
export interface Damage {
  what: string
  now: (body: string) => string | Buffer
  /** Its handler may still be called: what is damaged says nothing that matters. */
  harmless?: true
}

const withOverrides = (json: string): [string, (body: string) => string] => [
  `overrides ${json.slice(0, 60)}`,
  (body) => body.replace('"v":1', `"v":1,"o":${json}`),
]

const bodies: [what: string, now: (body: string) => string | Buffer][] = [
  ['nothing', () => ''],
  ['a blank', () => ' '],
  ['half of it', (body) => body.slice(0, body.length / 2)],
  ['all but the last character', (body) => body.slice(0, -1)],
  ['twice', (body) => body + body],
  ['with a tail', (body) => `${body}x`],
  ['with a NUL', (body) => `${body}\u0001`],
  ['after a BOM', (body) => `\ufeff${body}`],
  ['null', () => 'null'],
  ['true', () => 'true'],
  ['a number', () => '5'],
  ['a text', () => '"x"'],
  ['a list', () => '[]'],
  ['an empty object', () => '{}'],
  ['an open brace', () => '{'],
  ['100,000 brackets', () => '['.repeat(100_000)],
  ['without a version', (body) => body.replace('"v":1,', '')],
  ['version null', (body) => body.replace('"v":1', '"v":null')],
  ['version as a text', (body) => body.replace('"v":1', '"v":"1"')],
  ['version 1.5', (body) => body.replace('"v":1', '"v":1.5')],
  ['version 1e400', (body) => body.replace('"v":1', '"v":1e400')],
  ['encrypted with nothing', () => 'enc1.'],
  ['encrypted with a key that nobody has', () => `enc1.old.${Buffer.alloc(60, 7).toString('base64url')}`],
  ['encrypted in a format to come', () => `enc9.k.${Buffer.alloc(60, 7).toString('base64url')}`],
  ['encrypted for a schedule', () => `enc1s.k.${Buffer.alloc(60, 7).toString('base64url')}`],
  ['a job of somebody else', () => '{"id":"1","name":"x","data":{},"opts":{"attempts":3}}'],
  ['a message of another language', () => '[["a"],{"b":1},{"callbacks":null}]'],
  ['a serialised object', () => 'O:8:"stdClass":1:{s:1:"a";i:1;}'],
  ['XML', () => '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>'],
  ['half a surrogate', () => '"\ud800'],
  ['a gzip bomb', () => gzipSync(Buffer.alloc(10_000_000))],
  ['bad UTF-8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x7d])],
  ['zeros', () => Buffer.alloc(64)],
  ['a megabyte', () => 'x'.repeat(1_000_000)],
  ...['"x"', '[]', '5', 'true'].map(withOverrides),
  ...['-1', '0', '1.5', '1e9', '"3"', 'null', '{}', '1e400'].map((value) => withOverrides(`{"attempts":${value}}`)),
  ...['5', '"x"', 'null', '{}', '{"kind":"x","baseMs":1}', '{"kind":"custom"}', '{"kind":"custom","delayMs":1}'].map(
    (value) => withOverrides(`{"backoff":${value}}`),
  ),
  ...['"x"', '-1', 'null', '1e400', '{}'].map((value) =>
    withOverrides(`{"backoff":{"kind":"fixed","baseMs":${value}}}`),
  ),
  ...['-1', '0', '"x"', 'null', '1e400', 'true', '{}'].map((value) => withOverrides(`{"timeoutMs":${value}}`)),
  ...['"x"', '{}', 'null', 'true', '{"count":-1,"ageMs":"x"}', '{"count":1e400,"ageMs":1}'].map((value) =>
    withOverrides(`{"keep":${value}}`),
  ),
]

const harmless: [what: string, now: (body: string) => string][] = [
  withOverrides('{"other":1}'),
  ['version 0', (body) => body.replace('"v":1', '"v":0')],
  ['a version to come', (body) => body.replace('"v":1', '"v":999')],
  ['overrides null', (body) => body.replace('"v":1', '"v":1,"o":null')],
  ['a field to come', (body) => body.replace('"v":1', '"v":1,"z":[1]')],
  ['__proto__ beside', (body) => body.replace('"v":1', '"v":1,"__proto__":{"v":2}')],
  ['__proto__ within', (body) => body.replace('"d":{', '"d":{"__proto__":{"isAdmin":true},')],
]

/** F5. */
export const damages: readonly Damage[] = [
  ...bodies.map(([what, now]) => ({ what, now })),
  ...harmless.map(([what, now]) => ({ what, now, harmless: true as const })),
]
