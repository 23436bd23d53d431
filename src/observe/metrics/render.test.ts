import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import { memory } from '../../../test/support/memory-store.ts'
import { needPromtool } from '../../../test/support/prometheus.ts'
import type { MetricFamily } from '../../contract/metrics.ts'
import { mergeFamilies } from './merge.ts'
import { metricsContentType, metricsFormatOf, renderMetrics } from './render.ts'
import { StoreMetrics } from './store-metrics.ts'
import { metrics } from './table.ts'
import { WorkerMetrics } from './worker-metrics.ts'

const trace = '0af7651916cd43dd8448eb211c80319c'
const families: MetricFamily[] = [
  { name: 'a_total', help: 'A.', type: 'counter', samples: [{ labels: { q: 'x"y\\z\n' }, value: 2 }] },
  { name: 'b', help: 'B.', type: 'gauge', samples: [{ labels: {}, value: 0.5 }] },
  { name: 'none', help: 'None.', type: 'gauge', samples: [] },
  {
    ...{ name: 'c_seconds', help: 'C.', type: 'histogram' },
    samples: [
      {
        ...{ name: 'c_seconds_bucket', labels: { le: '0.1' }, value: 1 },
        exemplar: { labels: { trace_id: trace }, value: 0.07, atSeconds: 1_700_000_000.5 },
      },
      { name: 'c_seconds_bucket', labels: { le: '+Inf' }, value: 1 },
      { name: 'c_seconds_sum', labels: {}, value: 0.07 },
      { name: 'c_seconds_count', labels: {}, value: 1 },
    ],
  },
]

describe('the text', () => {
  test('for Prometheus', async () => {
    expect(await renderMetrics(families, 'prometheus')).toBe(
      [
        '# HELP a_total A.',
        '# TYPE a_total counter',
        'a_total{q="x\\"y\\\\z\\n"} 2',
        '',
        '# HELP b B.',
        '# TYPE b gauge',
        'b 0.5',
        '',
        '# HELP c_seconds C.',
        '# TYPE c_seconds histogram',
        'c_seconds_bucket{le="0.1"} 1',
        'c_seconds_bucket{le="+Inf"} 1',
        'c_seconds_sum 0.07',
        'c_seconds_count 1',
        '',
      ].join('\n'),
    )
  })

  test('as OpenMetrics, with the trace of an example', async () => {
    const text = await renderMetrics(families, 'openmetrics')
    expect(text).toContain('# TYPE a counter\na_total{q="x\\"y\\\\z\\n"} 2\n')
    expect(text).toContain(`c_seconds_bucket{le="0.1"} 1 # {trace_id="${trace}"} 0.07 1700000000.5\n`)
    expect(text.endsWith('\n# EOF\n')).toBe(true)
  })

  test('the same families can be told in both formats, again and again', async () => {
    const once = await renderMetrics(families, 'prometheus')
    await renderMetrics(families, 'openmetrics')
    expect(await renderMetrics(families, 'prometheus')).toBe(once)
  })

  test('half a surrogate in a name does not break it', async () => {
    const text = await renderMetrics(
      [{ ...families[1]!, samples: [{ labels: { q: 'a\ud800' }, value: 1 }] }],
      'prometheus',
    )
    expect(text).toContain('b{q="a\ufffd"} 1')
  })

  test('is OpenMetrics for whoever asks for it', () => {
    const asked = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
    expect([asked, '*/*', undefined].map(metricsFormatOf)).toEqual(['openmetrics', 'prometheus', 'prometheus'])
    expect(Object.keys(metricsContentType)).toEqual(['prometheus', 'openmetrics'])
  })
})

test('promtool finds nothing to complain about in all that a worker and its store can tell', async (context) => {
  needPromtool(context)
  const { driver } = await memory(['mails'])
  const store = new StoreMetrics({ env: systemEnv, driver, queues: () => ['mails'] })
  const known = { queues: ['mails'], names: () => ['send'] }
  const worker = new WorkerMetrics({
    ...{ env: systemEnv, known, session: () => 'w' },
    about: { version: '1', driver: 'memory', durable: 'none', startedAtMs: 1, heapLimitBytes: 1 },
    now: () => ({
      ...{ state: 'running', inFlight: [['mails', 1]], pacing: 0, slots: 1, allowed: 1, cutBy: undefined },
      ...{ silenceMs: 0, leaseAgeMs: 0, renewals: { guardian: 1, beats: 0 } },
    }),
  })
  worker.start()
  emit('http.ended', () => ({
    job: '',
    method: 'GET',
    origin: 'http://a',
    status: 200,
    ms: 1,
    tries: 2,
    error: undefined,
  }))
  emit('db.ended', () => ({ job: '', connection: 'db', what: '', ms: 2, rows: 1, error: undefined }))
  emit('limit.waited', () => ({ job: '', limit: 'maps', waitedMs: 9, error: undefined }))
  const told = [...mergeFamilies([{ process: 0, families: worker.families() }]), ...(await store.families())]
  worker.end()
  const all = Object.keys(metrics)
  expect(all).toEqual(expect.arrayContaining(told.map(({ name }) => name)))
  // What did not happen here has its name and help all the same.
  const absent = all.filter((name) => !told.some((family) => family.name === name && family.samples.length > 0))
  const rest = absent.map((name) => {
    const { help, type } = metrics[name as keyof typeof metrics]
    return type === 'histogram' ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} 1\n`
  })
  const input = (await renderMetrics(told, 'prometheus')) + rest.join('')
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  expect([status, stdout, stderr]).toEqual([0, '', ''])
})
