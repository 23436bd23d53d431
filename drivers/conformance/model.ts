import assert from 'node:assert/strict'
import type * as FastCheck from 'fast-check'
import { type Ability, abilityOf } from './ability.ts'
import { actionsOf } from './actions.ts'
import type { Action } from './actions.ts'
import type { Harness, Runner } from './harness.ts'
import { leaseMsLong } from './law.ts'
import { Pair } from './pair.ts'

/**
 * Random runs of a driver against a reference, step by step. Where the driver can do what the reference can, the same calls must
 * have the same answers and leave the same jobs behind; where it says by its traits that it cannot, the steps are cut, and
 * what it answers must be among what the reference allows. In the end what can be taken is the same on both sides.
 *
 * The reference is the memory driver; it is handed in, as is fast-check, so that the suite depends on neither.
 */
export function modelConformance(
  { describe, it }: Runner,
  fc: typeof FastCheck,
  tested: Harness,
  reference: Harness,
  options: ModelOptions = {},
): void {
  describe(`random runs: ${tested.name} against ${reference.name}`, () => {
    it('the same calls have the same answers and leave the same jobs behind', () =>
      runModel(fc, tested, reference, options))
  })
}

export interface ModelOptions {
  runs?: number
  stepsMax?: number
  /** Of a run that failed: it is run again. */
  seed?: number
  /** Hears of each run that held. */
  told?: (steps: number) => void
}

/** The same without a test runner. Throws fast-check's report: the seed, and the shortest list of steps that fails. */
export async function runModel(
  fc: typeof FastCheck,
  tested: Harness,
  reference: Harness,
  { runs = 40, stepsMax = 40, seed, told = () => {} }: ModelOptions = {},
): Promise<void> {
  const able = await ability(tested)
  const steps = fc.array(actionsOf(fc, able), { minLength: 1, maxLength: stepsMax, size: 'max' })
  const property = fc.asyncProperty(steps, async (actions) => {
    await replay(tested, reference, able, actions)
    told(actions.length)
  })
  await fc.assert(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}

async function ability(harness: Harness): Promise<Ability> {
  const store = await harness.store()
  const driver = store.driver({ leaseMs: leaseMsLong })
  await driver.close()
  await store.close()
  return abilityOf(driver, harness)
}

async function replay(tested: Harness, reference: Harness, able: Ability, actions: Action[]): Promise<void> {
  const pair = await Pair.open(able, tested, reference)
  try {
    for (const action of actions) {
      await pair.step(action)
      if (able.inspector) await pair.compare(JSON.stringify(action))
    }
    if (able.inspector) assert.deepEqual(await pair.audit(), [0, 0], 'counters that an audit had to repair')
    await pair.drain()
  } finally {
    await pair.close()
  }
}
