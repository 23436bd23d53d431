import { describe, expect, test } from 'vitest'
import { judge } from '../../bench/lib/bars.ts'
import type { Bar, Contender, Sweep } from '../../bench/lib/case.ts'
import type { Samples } from '../../bench/lib/stats.ts'
import { sweepOf } from '../../bench/lib/sweep.ts'

function samplesOf(rounds: Record<string, number[]>): Samples {
  return new Map(
    Object.entries(rounds).map(([name, values]) => [{ name, script: 'none' }, values.map((rate) => ({ rate }))]),
  )
}

describe('a bar', () => {
  const ratio: Bar = { contender: 'ours', metric: 'rate', against: 'peer', atLeast: 10, everyRoundAtLeast: 9 }

  test('compares medians of the same run, and each round with its own', () => {
    const samples = samplesOf({ ours: [100, 110, 180], peer: [10, 11, 20] })
    expect(judge(ratio, samples)).toMatchObject({ met: true, measured: 10, min: 9, max: 10 })
  })

  test('is missed by one round below what every round must reach', () => {
    const samples = samplesOf({ ours: [100, 110, 170], peer: [10, 11, 20] })
    expect(judge(ratio, samples)).toMatchObject({ met: false, measured: 10, min: 8.5 })
  })

  test('bounds a figure as it is', () => {
    const samples = samplesOf({ ours: [5, 6, 9] })
    expect(judge({ contender: 'ours', metric: 'rate', atMost: 6 }, samples).met).toBe(true)
    expect(judge({ contender: 'ours', metric: 'rate', atMost: 5.9 }, samples).met).toBe(false)
  })

  test('is met by nine tenths of the ceiling too', () => {
    const bar: Bar = { contender: 'ours', metric: 'rate', against: 'peer', atLeast: 2, ceiling: 'store' }
    const samples = (ours: number) => samplesOf({ ours: [ours], peer: [100], store: [200] })
    expect(judge(bar, samples(200)).met).toBe(true)
    expect(judge(bar, samples(180))).toMatchObject({ met: true, measured: 1.8 })
    expect(judge(bar, samples(179)).met).toBe(false)
  })

  test('is not met by what was not measured', () => {
    const samples = samplesOf({ ours: [100] })
    expect(judge(ratio, samples)).toMatchObject({ met: false, measured: Number.NaN })
    expect(judge({ contender: 'ours', metric: 'other', atMost: 6 }, samples).met).toBe(false)
  })
})

describe('a sweep', () => {
  const settings = [{ concurrency: 1 }, { concurrency: 50 }, { concurrency: 200 }]
  const sweep: Sweep = {
    name: 'peer',
    script: 'peer',
    args: { mode: 'bulk' },
    settings,
    metric: 'rate',
    trying: { jobs: 5 },
  }

  test.each([
    { better: 'more' as const, best: 50 },
    { better: 'less' as const, best: 200 },
  ])('enters the setting with the best median, where $better is better, with the jobs of the rounds', async (asked) => {
    const tried: Contender[] = []
    const rates: Record<number, number[]> = { 1: [8, 8, 8], 50: [9, 9, 1], 200: [7, 7, 99] }
    const metric = { name: 'rate', unit: '', better: asked.better }
    const swept = await sweepOf(sweep, metric, async (contender) => {
      tried.push(contender)
      return { rate: rates[contender.args!.concurrency as number]!.shift()! }
    })
    expect(tried).toHaveLength(9)
    expect(tried[0]!.args).toEqual({ mode: 'bulk', concurrency: 1, jobs: 5 })
    expect(swept.winner).toEqual({ name: 'peer', script: 'peer', args: { mode: 'bulk', concurrency: asked.best } })
    expect(swept.tried[0]).toMatchObject({ setting: `concurrency ${asked.best}` })
  })
})
