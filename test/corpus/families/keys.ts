import { expanded, lengths } from '../expand.ts'

/** Where columns of databases end. */
const columns = [64, 127, 128, 191, 255]

/** Keys that some store or some comparison takes for one another. */
const seeds: readonly string[] = [
  'a',
  'A',
  'á',
  'a\u0301',
  'à',
  'å',
  '\u212b',
  'ä',
  'ae',
  'æ',
  'ss',
  'ß',
  'ẞ',
  'i',
  'ı',
  'İ',
  'ﬁ',
  'fi',
  'a ',
  ' a',
  'a  ',
  'a\u00a0',
  'a\u200b',
  'a\u00ad',
  'a%',
  'a_',
  'a*',
  '1',
  '01',
  '1.0',
  '1e0',
  '\u{1f600}',
  '\u{1f601}',
  '\u{10ffff}',
  '\ud800',
  '\udfff',
  '\ufffd',
  '٣',
  '3',
  '\uff41',
]

const prefixes = columns.flatMap((length) =>
  ['x', 'y'].flatMap((end) => [
    `${'k'.repeat(Math.max(1, length - 1))}${end}`,
    `${'k'.repeat(Math.max(1, length))}${end}`,
  ]),
)

/** F3: idempotency and unique keys. */
export const keys = (n = 120): string[] => expanded(seeds, n, [...prefixes, ...lengths(255), 'k'.repeat(1_000_000)])
