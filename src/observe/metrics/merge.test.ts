import { describe, expect, test } from 'vitest'
import type { MetricFamily } from '../../contract/metrics.ts'
import { FleetMetrics, mergeFamilies } from './merge.ts'

const counter = (value: number, labels = {}): MetricFamily => ({
  ...{ name: 'jobs_total', help: 'Jobs.', type: 'counter' },
  samples: [{ labels, value }],
})
const gauge = (value: number): MetricFamily => ({
  ...{ name: 'slots', help: 'Slots.', type: 'gauge' },
  samples: [{ labels: {}, value }],
})
const bucket = (value: number, atSeconds?: number): MetricFamily => ({
  ...{ name: 'run_seconds', help: 'Run.', type: 'histogram' },
  samples: [
    {
      ...{ name: 'run_seconds_bucket', labels: { le: '1' }, value },
      ...(atSeconds !== undefined && { exemplar: { labels: { trace_id: `of ${atSeconds}` }, value: 0.5, atSeconds } }),
    },
    { name: 'run_seconds_sum', labels: {}, value: value / 2 },
  ],
})
const shown = (families: MetricFamily[], name: string) => families.find((family) => family.name === name)?.samples

describe('one document of all processes', () => {
  test('has the sums of counters by label, and each gauge by its process', () => {
    const merged = mergeFamilies([
      { process: 0, families: [counter(3, { queue: 'a' }), gauge(10)] },
      { process: 1, families: [counter(4, { queue: 'a' }), counter(5, { queue: 'b' }), gauge(20)] },
    ])
    expect(shown(merged, 'jobs_total')).toEqual([
      { labels: { queue: 'a' }, value: 7 },
      { labels: { queue: 'b' }, value: 5 },
    ])
    expect(shown(merged, 'slots')).toEqual([
      { labels: { process: '0' }, value: 10 },
      { labels: { process: '1' }, value: 20 },
    ])
  })

  test('adds histograms bucket by bucket, with the newest example', () => {
    const merged = mergeFamilies([
      { process: 0, families: [bucket(2, 100)] },
      { process: 1, families: [bucket(6, 50)] },
      { process: 2, families: [bucket(1)] },
    ])
    expect(shown(merged, 'run_seconds')).toMatchObject([
      { name: 'run_seconds_bucket', value: 9, exemplar: { labels: { trace_id: 'of 100' } } },
      { name: 'run_seconds_sum', value: 4.5 },
    ])
  })

  test('leaves what it was given as it was', () => {
    const given = counter(3)
    mergeFamilies([
      { process: 0, families: [given] },
      { process: 1, families: [counter(4)] },
    ])
    expect(given.samples[0]!.value).toBe(3)
  })
})

describe('over time', () => {
  test('a sum never falls: not when a process is restarted, and not when one is silent', () => {
    const fleet = new FleetMetrics()
    const sum = (...answers: [process: number, pid: number, value: number][]) =>
      shown(
        fleet.merge(answers.map(([process, pid, value]) => ({ process, pid, families: [counter(value)] }))),
        'jobs_total',
      )?.[0]?.value
    expect(sum([0, 100, 1_000], [1, 101, 500])).toBe(1_500)
    expect(sum([0, 100, 1_010])).toBe(1_510)
    expect(sum([0, 100, 1_020], [1, 102, 3])).toBe(1_523)
    expect(sum([0, 100, 1_030], [1, 103, 1])).toBe(1_534)
    expect(sum([1, 103, 2])).toBe(1_535)
  })

  test('the gauges of a silent process are not shown', () => {
    const fleet = new FleetMetrics()
    fleet.merge([{ process: 0, pid: 1, families: [gauge(1)] }])
    expect(shown(fleet.merge([{ process: 1, pid: 2, families: [gauge(2)] }]), 'slots')).toEqual([
      { labels: { process: '1' }, value: 2 },
    ])
  })
})
