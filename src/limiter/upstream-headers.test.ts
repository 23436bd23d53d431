import { describe, expect, it } from 'vitest'
import { pauseMs } from './upstream-headers.ts'

const now = Date.UTC(2026, 10, 22, 12, 0, 0)
const in90s = new Date(now + 90_000)

describe('what an answer says of limits', () => {
  it.each([
    ['Retry-After in seconds', 429, { 'retry-after': '7' }, 7_000],
    ['a date', 503, { 'retry-after': in90s.toUTCString() }, 90_000],
    ['a date that is over', 503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
    [
      'Retry-After goes before the rest',
      429,
      { 'retry-after': '7', 'ratelimit-remaining': '0', 'ratelimit-reset': '9' },
      7_000,
    ],
    ['of other statuses it is about something else', 301, { 'retry-after': '7' }, undefined],
    ['nonsense', 429, { 'retry-after': 'soon' }, undefined],
    ['nothing', 429, {}, undefined],
    ['a spent limit of a good answer', 200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30_000],
    ['one that is not spent', 200, { 'ratelimit-remaining': '1', 'ratelimit-reset': '30' }, undefined],
    ['RFC draft 8 and later', 200, { ratelimit: '"default";r=0;t=30' }, 30_000],
    ['the spent one of several', 200, { ratelimit: '"burst";r=5;t=1, "daily";r=0;t=3600' }, 3_600_000],
    [
      'without t: the window of its policy',
      429,
      { ratelimit: '"m";r=0', 'ratelimit-policy': '"s";q=9;w=1, "m";q=100;w=60' },
      60_000,
    ],
    ['without either', 429, { ratelimit: '"m";r=0' }, undefined],
    ['RFC draft 7', 200, { ratelimit: 'limit=100, remaining=0, reset=50' }, 50_000],
    ['RFC draft 7, some left', 200, { ratelimit: 'limit=100, remaining=3, reset=50' }, undefined],
    [
      'seconds since 1970',
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 12) },
      12_000,
    ],
    ['milliseconds since 1970', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now + 1_500) }, 1_500],
    ['a date as reset', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': in90s.toISOString() }, 90_000],
    ['fractions of a second', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '0.25' }, 250],
    ['with another hyphen', 429, { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '5' }, 5_000],
    ['spent without a reset', 200, { 'x-ratelimit-remaining': '0' }, undefined],
    ['a reset alone', 200, { 'x-ratelimit-reset': '30' }, undefined],
    ['a repeated header', 429, { 'retry-after': ['5', '6'] }, undefined],
    ['hostile text', 200, { ratelimit: `${'"x";r=0;t=1,'.repeat(2_000)}`, 'x-ratelimit-reset': '-1' }, 1_000],
  ])('%s', (_name, status, headers, ms) => {
    expect(pauseMs(status, headers as never, now)).toBe(ms)
  })
})
