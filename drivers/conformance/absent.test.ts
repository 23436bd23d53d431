import { describe, expect, it } from 'vitest'
import { cutNames, reducedHarness } from '../../test/support/reduced.ts'
import { driverConformance } from './index.ts'

// The reference with each ability taken away, one at a time and some together: what is left must keep the laws of those who
// have no more.
for (const name of cutNames) driverConformance({ describe, it }, reducedHarness(name))

driverConformance(
  { describe, it },
  reducedHarness(
    'replay',
    'unique',
    'groups',
    'order',
    'history',
    'fence: none',
    'lease: connection',
    'lanes',
    'ledger',
  ),
)

it('there are as many as the seam has traits and facets that can be absent', () => {
  expect(cutNames.length).toBeGreaterThanOrEqual(17)
})
