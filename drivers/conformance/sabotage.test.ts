import { describe, expect, it, vi } from 'vitest'
import { cuts, type CutName, wrap } from '../../test/support/reduced.ts'
import { planted, type Sabotage } from '../../test/support/sabotage.ts'
import { plantedInAbsence } from '../../test/support/sabotage-absent.ts'
import { memoryHarness } from '../memory/harness.ts'
import { driverConformance, type Harness } from './index.ts'

// A suite that nothing fails proves nothing: each of these bugs is planted in the reference, and a law by this name must catch it.

/** The reference, with less if the bug is one of those who have less, and the bug. */
function sabotaged(sabotage: Sabotage, cut?: CutName): Harness {
  const { name, store } = memoryHarness()
  return {
    name,
    async store() {
      const { keeper: _, ...made } = await store()
      const driver = ({ leaseMs }: { leaseMs: number }) => {
        const reference = made.driver({ leaseMs: cut === 'lease: connection' ? 10 ** 12 : leaseMs })
        const less = cut === undefined ? reference : cuts[cut](reference)
        return wrap(less, sabotage(less))
      }
      return { ...made, driver }
    },
  }
}

async function tryLaw(law: string, harness: Harness): Promise<unknown> {
  const laws = new Map<string, (context: unknown) => Promise<void>>()
  driverConformance({ describe: (_, body) => body(), it: (name, body) => laws.set(name, body) }, harness)
  const skip = vi.fn()
  await laws.get(law)!({ skip })
  if (skip.mock.calls.length > 0) throw new Error(`the law was skipped: ${law}`)
  return 'held'
}

describe('planted bugs are caught', () => {
  it.each([...planted, ...plantedInAbsence])('%s: "%s"', async (_, law, sabotage, cut) => {
    await expect(
      tryLaw(
        law,
        sabotaged(() => ({}), cut),
      ),
    ).resolves.toBe('held')
    await expect(tryLaw(law, sabotaged(sabotage, cut))).rejects.not.toThrow('the law was skipped')
  })
})
