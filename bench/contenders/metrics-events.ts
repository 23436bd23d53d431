import { heard } from '../../src/base/emit.ts'
import { systemEnv } from '../../src/base/env.ts'
import type { Reservation } from '../../src/contract/driver.ts'
import { tellEnded, tellStarted } from '../../src/engine/events.ts'
import { WorkerMetrics } from '../../src/observe/metrics/worker-metrics.ts'
import { Fiber } from '../../src/sandbox/fiber.ts'
import { input, report, stopwatch } from './input.ts'

// What a job tells of itself at its start and its end, as the engine does, with and without somebody who counts it.
const { jobs, counted, traced } = input({ jobs: 3_000_000, counted: true, traced: false })
const names = Array.from({ length: 20 }, (_, n) => `job-${n}`)
const metrics = new WorkerMetrics({
  env: systemEnv,
  known: { queues: ['mails', 'reports'], names: () => names },
  about: { version: '', driver: 'memory', durable: 'none', startedAtMs: 0, heapLimitBytes: 0 },
  session: () => 'host:1:session',
  now: () => {
    throw new Error('nobody scrapes here')
  },
})
if (counted) metrics.start()

const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
const fibers = Array.from({ length: 1_000 }, (_, n) => {
  const job = { id: `id-${n}`, queue: n % 2 === 0 ? 'mails' : 'reports', name: names[n % 20]!, priority: 5, body: '{}' }
  const about = { attempts: 1, crashes: 0, enqueuedAtMs: 0, waitedMs: n * 3 }
  const loan: Reservation = {
    ...about,
    receipt: `${n}` as Reservation['receipt'],
    job: traced ? { ...job, headers } : job,
  }
  return new Fiber(loan, 'host:1:session', 0, 60_000, 30_000)
})
const tell = (count: number) => {
  for (let n = 0; n < count; n++) {
    const fiber = fibers[n % fibers.length]!
    if (heard('job.started')) tellStarted(fiber)
    if (heard('job.ended')) tellEnded(fiber, { kind: n % 50 === 0 ? 'retry' : 'done' }, (n % 977) * 4)
  }
}
tell(100_000)
const watch = stopwatch()
tell(jobs)
report({ cpuUs: (watch.cpuMs() / jobs) * 1_000 })
metrics.end()
