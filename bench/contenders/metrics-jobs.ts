import { systemEnv } from '../../src/base/env.ts'
import { connect, defineJob } from '../../src/index.ts'
import { WorkerMetrics } from '../../src/observe/metrics/worker-metrics.ts'
import { input, report, stopwatch } from './input.ts'

// What counting costs a job where it runs: the same batches of no-op jobs in one process, counted and not in turn, so that a busy machine
// slows both alike; the median of their differences, garbage and caches included.
const { jobs, pairs } = input({ jobs: 20_000, pairs: 40 })
const noop = defineJob('noop', { keep: false }, async () => {})
const client = await connect('memory:')
const worker = await client.work([noop])
worker.pause()

function metricsOfWorker(): WorkerMetrics {
  return new WorkerMetrics({
    env: systemEnv,
    known: { queues: ['default'], names: () => ['noop'] },
    about: { version: '', driver: 'memory', durable: 'none', startedAtMs: 0, heapLimitBytes: 0 },
    session: () => worker.session,
    now: () => {
      throw new Error('nobody scrapes here')
    },
  })
}

async function batch(counted: boolean): Promise<number> {
  await client.enqueueMany(
    noop,
    Array.from({ length: jobs }, () => undefined),
  )
  const metrics = metricsOfWorker()
  if (counted) metrics.start()
  const watch = stopwatch()
  worker.resume()
  await worker.idle()
  const us = (watch.cpuMs() / jobs) * 1_000
  metrics.end()
  worker.pause()
  return us
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const differences: number[] = []
for (let pair = -3; pair < pairs; pair++) {
  const order = pair % 2 === 0 ? (['counted', 'bare'] as const) : (['bare', 'counted'] as const)
  const took = { counted: 0, bare: 0 }
  for (const which of order) took[which] = await batch(which === 'counted')
  // The first ones are the compiler's.
  if (pair >= 0) differences.push(took.counted - took.bare)
}
report({ cpuUs: median(differences) })
await client.close()
