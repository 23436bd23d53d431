import { concerns } from './concerns.ts'
import type { Harness, Runner } from './harness.ts'
import { canDo, Trial } from './law.ts'
import type { Law } from './law.ts'
import type { Outcome, Tell } from './outcome.ts'

export type { Outcome, Tell } from './outcome.ts'
export type { Harness, HarnessStore, Runner } from './harness.ts'

/**
 * The laws of the driver seam, as tests: every driver passes them. Call it from a test file with the `describe` and
 * `it` of your runner. `tell` hears what came of each law, for a table of what your driver promises.
 *
 * @example
 * import { describe, it } from 'node:test'
 * driverConformance({ describe, it }, { name: 'mine', store: async () => myStore() })
 */
export function driverConformance({ describe, it }: Runner, harness: Harness, tell: Tell = () => {}): void {
  const names = new Set(concerns.flatMap(({ laws }) => laws.map(({ name }) => name)))
  for (const { law } of harness.skip ?? []) {
    if (!names.has(law)) throw new Error(`The harness of ${harness.name} skips a law that does not exist: ${law}`)
  }
  describe(`the laws of the driver seam: ${harness.name}`, () => {
    for (const { name, laws } of concerns) {
      describe(name, () => {
        for (const law of laws) {
          const told = (outcome: Outcome['outcome'], reason?: string) =>
            tell({ concern: name, law: law.name, outcome, ...(reason !== undefined && { reason }) })
          it(law.name, (context) => tryLaw(law, harness, context, told))
        }
      })
    }
  })
}

type Told = (outcome: Outcome['outcome'], reason?: string) => void

async function tryLaw(law: Law, harness: Harness, context: unknown, told: Told): Promise<void> {
  const skipped = harness.skip?.find((skip) => skip.law === law.name)
  if (skipped !== undefined) {
    told('skipped', skipped.reason)
    skip(context, harness, law, skipped.reason)
    return
  }
  const trial = new Trial(await harness.store(), harness.promptMs ?? 250)
  let outcome: Outcome['outcome'] = 'failed'
  try {
    if (canDo(trial.driver(), law.needs)) {
      await law.holds(trial)
      outcome = 'held'
    } else if (law.otherwise !== undefined) {
      await law.otherwise(trial)
      outcome = 'instead'
    } else {
      outcome = 'cannot'
    }
  } finally {
    told(outcome)
    await trial.close()
  }
  if (outcome === 'cannot') skip(context, harness, law, 'the driver says by its traits and facets that it cannot')
}

/** Through the runner where its context can (node:test, vitest); the reason is printed either way. */
function skip(context: unknown, harness: Harness, law: Law, reason: string): void {
  process.stderr.write(`${harness.name}: skipped "${law.name}": ${reason}\n`)
  const { skip } = (context ?? {}) as { skip?: (note: string) => void }
  skip?.call(context, reason)
}
