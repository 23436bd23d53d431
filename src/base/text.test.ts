import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, cut, fit, plain, redactUrl, redactUrls } from './text.ts'

const steering = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\x1b',
      '[',
      ']',
      '\x9b',
      '\x9d',
      '\x07',
      '\x1b\\',
      '\u202e',
      '\u200b',
      '\ufe0f',
      '\u0301',
      '漢',
      '😀',
      '\ud800',
      '\n',
      '\0',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 80,
})

describe('plain', () => {
  it('leaves ordinary text alone', () => {
    expect(plain('send-webhook #1 (zürich, 東京, Ελλάδα)')).toBe('send-webhook #1 (zürich, 東京, Ελλάδα)')
  })

  it.each([
    ['colours', '\x1b[31mred\x1b[0m', 'red'],
    ['8-bit CSI', '\x9b2Jwiped', 'wiped'],
    ['a title', '\x1b]0;owned\x07x', 'x'],
    ['the clipboard', '\x1b]52;c;ZXZpbA==\x1b\\x', 'x'],
    ['a link', '\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\', 'click'],
    ['an unterminated OSC keeps its text', '\x1b]0;half', '0;half'],
    ['a device string', '\x1bP1$r0m\x1b\\x', 'x'],
    ['a reset', '\x1bcgone', 'gone'],
    ['bidi override', 'safe\u202efdp.exe', 'safefdp.exe'],
    ['zero width', 'pay\u200bpal\ufeff', 'paypal'],
    ['line breaks and tabs', 'Error: a\r\n\tat b\u2028c', 'Error: a at b c'],
    ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a family is its members', '👩\u200d👧', '👩👧'],
    ['piled marks', `e${'\u0301'.repeat(50)}`, `e${'\u0301'.repeat(3)}`],
    ['a mark without a base', '\u0301x', 'x'],
  ])('takes out %s', (_, from, to) => {
    expect(plain(from)).toBe(to)
  })

  it('never lets anything through that steers a terminal, and is done after one pass', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const clean = plain(text)
        expect(clean).not.toMatch(steering)
        expect(plain(clean)).toBe(clean)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('cut and fit', () => {
  it('cuts by columns, not by characters', () => {
    expect(cut('東京都庁', 5)).toBe('東京…')
    expect(cut('short', 5)).toBe('short')
    expect(cut('longer', 5)).toBe('long…')
    expect(cut('anything', 0)).toBe('')
    expect(cut('anything', 3, '~')).toBe('an~')
  })

  it('fills to exactly the width, whatever the text', () => {
    fc.assert(
      fc.property(
        hostile,
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom('left', 'right'),
        (text, columns, align) => {
          expect(columnsOf(fit(text, columns, align))).toBe(columns)
        },
      ),
    )
  })

  it('looks only at the beginning of a megabyte', () => {
    expect(cut('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(9)}…`)
    expect(cut('\u200b'.repeat(1_000_000), 10)).toBe('…')
  })
})

describe('redactUrl', () => {
  it.each([
    ['redis://user:secret@host:6379/0', 'redis://user:***@host:6379/0'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['postgres://u:p@ss@host/db', 'postgres://u:***@host/db'],
    ['postgres://u:p/a#s?s@host/db', 'postgres://u:***@host/db'],
    ['postgres://a:secret@h1:1,h2:2/db', 'postgres://a:***@h1:1,h2:2/db'],
    ['amqp://host:5672/v@x', 'amqp://host:5672/v@x'],
    ['redis://[::1]:6379', 'redis://[::1]:6379'],
    ['https://user@host/', 'https://user@host/'],
    ['sqlite:./a@b:c.db', 'sqlite:./a@b:c.db'],
    ['mysql://h/db?user=u&password=secret&ssl=1', 'mysql://h/db?user=u&password=***&ssl=1'],
    ['redis+sentinel://h1,h2/m?sentinelPassword=secret', 'redis+sentinel://h1,h2/m?sentinelPassword=***'],
    ['https://h/x?api_key=abc&X-Amz-Signature=def#f', 'https://h/x?api_key=***&X-Amz-Signature=***#f'],
    ['', ''],
    ['not a url', 'not a url'],
  ])('%s', (from, to) => {
    expect(redactUrl(from)).toBe(to)
  })

  it('finds the URLs in running text', () => {
    expect(redactUrls('connect to redis://:a@h failed, "amqp://b:c@i" too')).toBe(
      'connect to redis://:***@h failed, "amqp://b:***@i" too',
    )
  })

  it('never shows the password', () => {
    const text = fc.string({ unit: fc.constantFrom('@', ':', '/', '#', '?', 'x', '%40'), maxLength: 6 })
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(redactUrl(`redis://user:${before}SECRET${after}@host:6379/0`)).not.toContain('SECRET')
      }),
    )
  })
})
