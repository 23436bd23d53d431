import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { cutNames, reducedHarness } from '../../test/support/reduced.ts'
import { driverConformance, type Harness } from './index.ts'

// The reference with each ability taken away, one at a time and some together: what is left must keep the laws of those who
// have no more. A test for each of them rather than for each of its four hundred laws.

const together = [
  'replay',
  'unique',
  'groups',
  'order',
  'history',
  'fence: none',
  'lease: connection',
  'lanes',
  'ledger',
]

// Each skipped law says so there.
beforeAll(() => void vi.spyOn(process.stderr, 'write').mockImplementation(() => true))
afterAll(() => vi.restoreAllMocks())

async function brokenLaws(harness: Harness): Promise<string[]> {
  const laws = new Map<string, (context: unknown) => Promise<void>>()
  driverConformance({ describe: (_, body) => body(), it: (name, body) => laws.set(name, body) }, harness)
  const broken: string[] = []
  for (const [name, holds] of laws) await holds({}).catch((error: unknown) => broken.push(`${name}: ${String(error)}`))
  expect(laws.size).toBeGreaterThan(300)
  return broken
}

it.each(cutNames)('without %s', { timeout: 60_000 }, async (name) => {
  expect(await brokenLaws(reducedHarness(name))).toEqual([])
})

it('without most of it', { timeout: 60_000 }, async () => {
  expect(await brokenLaws(reducedHarness(...(together as typeof cutNames)))).toEqual([])
})

it('there are as many as the seam has traits and facets that can be absent', () => {
  expect(cutNames.length).toBeGreaterThanOrEqual(17)
})
