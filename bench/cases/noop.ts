import type { Case } from '../lib/case.ts'

export default {
  name: 'noop',
  asks: '200,000 jobs that do nothing, through the memory driver with every default on, against a plain in-process queue',
  baseline: 'p-queue c=1000',
  contenders: [
    { name: 'fiber-work memory', script: 'noop-fiber-work' },
    ...[10, 100, 1_000].map((concurrency) => ({
      name: `p-queue c=${concurrency}`,
      script: 'noop-p-queue',
      args: { concurrency },
    })),
    { name: 'p-queue, ids, JSON, schema, timeout', script: 'noop-p-queue', args: { checked: true } },
  ],
  metrics: [
    { name: 'workedPerSecond', unit: 'jobs/s, worked', better: 'more' },
    { name: 'jobsPerSecond', unit: 'jobs/s, added and worked', better: 'more' },
    { name: 'cpuUs', unit: 'µs CPU a job', better: 'less' },
  ],
} satisfies Case
