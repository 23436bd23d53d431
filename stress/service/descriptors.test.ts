import { expect, test } from 'vitest'
import { socketsAllowed } from './descriptors.ts'

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 20000                files\n`

test.each([
  ['20000', { limit: 20_000, sockets: 17_000 }],
  ['256', { limit: 256, sockets: 192 }],
  ['64', { limit: 64, sockets: 1 }],
  ['unlimited', { limit: 1_048_576, sockets: 891_289 }],
])('%s open files', (soft, allowed) => expect(socketsAllowed(limits(soft))).toEqual(allowed))

test('no limit is known', () => expect(socketsAllowed('')).toBeUndefined())
