import assert from 'node:assert/strict'
import type * as FastCheck from 'fast-check'
import { actionsOf } from './actions.ts'
import type { Action } from './actions.ts'
import type { Harness, Runner } from './harness.ts'
import { Pair } from './pair.ts'

/**
 * Random runs of a driver against a reference, step by step: the same calls must have the same answers and leave the
 * same jobs behind. The reference is the memory driver; it is handed in, as is fast-check, so that the suite depends
 * on neither.
 *
 * Only for drivers that claim every trait: what a store cannot do it cannot do like the reference.
 */
export function modelConformance(
  { describe, it }: Runner,
  fc: typeof FastCheck,
  tested: Harness,
  reference: Harness,
  { runs = 40, stepsMax = 40, seed }: { runs?: number; stepsMax?: number; seed?: number } = {},
): void {
  describe(`random runs: ${tested.name} against ${reference.name}`, () => {
    it('the same calls have the same answers and leave the same jobs behind', async () => {
      const steps = fc.array(actionsOf(fc), { minLength: 1, maxLength: stepsMax, size: 'max' })
      const property = fc.asyncProperty(steps, (actions) => replay(tested, reference, actions))
      await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
    })
  })
}

async function replay(tested: Harness, reference: Harness, actions: Action[]): Promise<void> {
  const pair = await Pair.open(tested, reference)
  try {
    for (const action of actions) {
      await pair.step(action)
      await pair.compare(JSON.stringify(action))
    }
    assert.deepEqual(await pair.audit(), [0, 0], 'counters that an audit had to repair')
  } finally {
    await pair.close()
  }
}
