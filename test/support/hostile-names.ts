/** Names that try to break a screen: escapes, OSC 52, bidi, wide and zero-width characters, 100,000 columns. */
export const hostileNames = [
  '\x1b[2J\x1b[31mred\x1b]0;owned\x07',
  '{red-fg}{bold}tags{/}',
  '\x1b]52;c;ZXZpbA==\x07clipboard',
  'safe\u202efdp.exe\u200b\ufeff',
  '東京都庁の仕事😀👩\u200d👧',
  `z\u0301${'\u0301'.repeat(40)}algo`,
  `long-${'x'.repeat(100_000)}`,
  'line\nbreak\ttab\r\u2028\x9b2J\x90q\x9c',
]
