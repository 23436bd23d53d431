import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { memory } from '../../../test/support/memory-store.ts'
import { needPromtool } from '../../../test/support/prometheus.ts'
import { emit } from '../../base/emit.ts'
import { systemEnv } from '../../base/env.ts'
import { mergeFamilies } from './merge.ts'
import { renderMetrics } from './render.ts'
import { StoreMetrics } from './store-metrics.ts'
import { metrics } from './table.ts'
import { WorkerMetrics } from './worker-metrics.ts'

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
    what: 'GET /',
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
