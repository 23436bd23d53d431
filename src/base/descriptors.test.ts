import { expect, it } from 'vitest'
import { descriptorLimit, socketsBelow } from './descriptors.ts'

it.each([
  ['Max processes 1 2 p\nMax open files            1024                 4096                 files\n', 1_024],
  ['Max open files            unlimited            unlimited            files', 1_048_576],
  ['nothing of the kind', undefined],
])('reads the soft limit: %j', (limits, expected) => expect(descriptorLimit(limits)).toBe(expected))

it.skipIf(process.platform !== 'linux')('reads its own on Linux', () => expect(descriptorLimit()).toBeGreaterThan(0))

it.each([
  [20, 16],
  [256, 192],
  [1_024, 870],
  [20_000, 17_000],
  [1_048_576, 891_289],
])('of %i descriptors %i may be sockets', (limit, sockets) => expect(socketsBelow(limit)).toBe(sockets))
