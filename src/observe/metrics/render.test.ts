import { describe, expect, test } from 'vitest'
import type { MetricFamily } from '../../contract/metrics.ts'
import { metricsContentType, metricsFormatOf, renderMetrics } from './render.ts'

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
