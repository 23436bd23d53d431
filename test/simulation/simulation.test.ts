import { describe, expect, it } from 'vitest'
import { mutants } from './mutants.ts'
import { runSeed, type SeedResult } from './seed.ts'

const count = 800
const chunk = 100
/** A planted bug that needs more seeds than this is as good as not caught. */
const seedsMax = 300

/** A run that does not meet them proves nothing about them. */
const mustBeMet = [
  'a blocked loop',
  'a crash',
  'a crash of the accused',
  'a cut by load',
  'a guardian that cannot renew',
  'a guardian that gives up',
  'a job that ends cancelled',
  'a job that ends dead',
  'a job that ends done',
  'a job that ends gone',
  'a job that ends quarantined',
  'a neighbour spared by an accusation',
  'a poison job that ends cancelled',
  'a poison job that ends gone',
  'a poison job that ends quarantined',
  'a reconcile',
  'a repeated call',
  'a repeated call of a session that was taken back',
  'a revoked worker',
  'a second SIGTERM',
  'a session taken back with calls open',
  'a stale settle',
  'a stop that gives jobs back',
  'a stuck handler',
  'a suspect that had not begun',
  'an unknown job',
]

const seeds = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const results: SeedResult[] = []

/** What to type to see it again; empty when everything held. */
function replayOf({ seed, violation }: SeedResult, mutant?: string): string {
  if (violation === undefined) return ''
  const planted = mutant === undefined ? '' : ` --mutant ${mutant}`
  return `seed ${seed}: ${violation}\nagain: npm run simulate -- --seed ${seed} --trace${planted}`
}

describe('the promises hold', () => {
  for (let from = 1; from < count; from += chunk) {
    it(`seeds ${from} to ${from + chunk - 1}`, async () => {
      for (const seed of seeds(from, from + chunk - 1)) {
        const result = await runSeed(seed)
        results.push(result)
        expect(replayOf(result)).toBe('')
      }
    })
  }

  it('and were put to the test', () => {
    const met = new Set(results.flatMap(({ seen }) => [...seen.keys()]))
    expect(mustBeMet.filter((what) => !met.has(what))).toEqual([])
    expect(results.filter(({ calm }) => calm).length).toBeGreaterThan(count / 10)
  })
})

it('the same seed gives the same trace', async () => {
  for (const first of results.filter(({ seed }) => seed % 20 === 0)) {
    expect((await runSeed(first.seed)).digest, `seed ${first.seed}`).toBe(first.digest)
  }
})

describe('planted bugs are caught', () => {
  it.for(mutants.map(({ name }) => name))('%s', async (mutant) => {
    for (let seed = 1; seed <= seedsMax; seed++) {
      if ((await runSeed(seed, { mutant })).violation !== undefined) return
    }
    expect.fail(`${mutant} survives ${seedsMax} seeds`)
  })
})

it('ambient time and randomness fail a seed at once', async () => {
  const { forbidAmbient } = await import('./ambient.ts')
  const calls: string[] = []
  const undo = forbidAmbient((what) => calls.push(what))
  try {
    expect(() => setTimeout(() => {}, 1)).toThrow(/forbidden/)
    expect(() => Math.random()).toThrow(/forbidden/)
    expect(() => Date.now()).toThrow(/forbidden/)
  } finally {
    undo()
  }
  expect(calls).toHaveLength(3)
  expect(Date.now()).toBeGreaterThan(0)
})
