import { expanded, lengths } from '../expand.ts'
import { seeds as names } from './names.ts'

const uuid = '0197c0de-0000-7000-8000-00000000abcd'

/** What reads like a number, like another's key, or like the same id written otherwise. */
const seeds: readonly string[] = [
  '0',
  '-0',
  '00',
  '01',
  '1',
  '1.0',
  '1e21',
  '300000000',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  uuid,
  uuid.toUpperCase(),
  `{${uuid}}`,
  'a:lock',
  'a:logs',
  'a:body',
  'a:stalled',
  'a@1750000000000',
  'idem-0',
  ...names,
]

/** F2: ids of jobs, schedules, bulk actions; groups, tenants and tags are texts of the same kind. */
export const ids = (n = 160): string[] => expanded(seeds, n, lengths(255))

/** What is no cursor of any list, some of them nearly one. */
export const cursors: readonly string[] = [
  'a',
  '-1',
  '1.5',
  '1e3',
  'NaN',
  ' 1',
  '1 ',
  '٣',
  '18446744073709551616',
  '9'.repeat(1_999),
  '1:',
  ':1',
  '1:a',
  '1:NaN',
  '1:1e400',
  '1:-1',
  '1:1:1',
  '1:1,',
  ',1:1',
  '1:1 or 1=1',
  "1:1'--",
  '0x1:0x1',
  '[]',
  '["q","ready","x"]',
  'null',
  '{}',
  '\0',
  '1\0',
]
