import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutNames, reducedHarness, wrap } from '../../test/support/reduced.ts'
import type { Driver } from '../../src/contract/index.ts'
import { memoryHarness } from '../memory/harness.ts'
import type { Harness } from './harness.ts'
import { modelConformance, runModel } from './model.ts'

// Drivers that lack something, against the reference that has it all.
for (const name of cutNames) modelConformance({ describe, it }, fc, reducedHarness(name), memoryHarness(), { runs: 15 })

const little = ['replay', 'unique', 'groups', 'order', 'history', 'fence: none', 'lease: connection', 'lanes'] as const
modelConformance({ describe, it }, fc, reducedHarness(...little), memoryHarness(), { runs: 30 })

describe('a driver with a bug is found out, whatever it lacks', () => {
  const bugs: Record<string, (driver: Driver) => Partial<Driver>> = {
    'a release burns the attempt': (driver) => ({
      settle: (call, items) =>
        driver.settle(
          call,
          items.map(({ receipt, verdict }) => ({
            receipt,
            verdict: verdict.kind === 'release' ? { ...verdict, kind: 'retry' } : verdict,
          })),
        ),
    }),
    'a job is given out twice': (driver) => ({
      async reserve(call, want) {
        const { jobs, broken } = await driver.reserve(call, want)
        return { jobs: jobs.flatMap((loan) => [loan, loan]), broken }
      },
    }),
    'the third job of a batch is dropped': (driver) => ({
      async enqueue(call, jobs) {
        const added = await driver.enqueue(
          call,
          jobs.filter((_, i) => i !== 2),
        )
        return jobs.map(({ id }, i) => (i === 2 ? { outcome: 'added', id } : added[i > 2 ? i - 1 : i]!))
      },
    }),
    'a stale verdict is written': (driver) => ({
      settle: async (call, items) => (await driver.settle(call, items)).map(() => ({ outcome: 'settled' as const })),
    }),
  }
  const lacking = ['order', 'replay', 'inspector', 'lease: message'] as const

  it.each(Object.keys(bugs).flatMap((bug) => lacking.map((cut) => [bug, cut] as const)))(
    '%s, without %s',
    async (bug, cut) => {
      const harness = reducedHarness(cut)
      const planted: Harness = {
        ...harness,
        async store() {
          const made = await harness.store()
          return { ...made, driver: (options) => plant(made.driver(options), bugs[bug]!) }
        },
      }
      await expect(runModel(fc, planted, memoryHarness(), { runs: 60, seed: 7 })).rejects.toThrow('Property failed')
    },
  )
})

const plant = (driver: Driver, bug: (driver: Driver) => Partial<Driver>): Driver => wrap(driver, bug(driver))
