import type { Case } from '../lib/case.ts'

export default {
  name: 'sqlite',
  asks: '100,000 jobs of 200 bytes on a SQLite file: enqueue in bulk, then work and settle with one process',
  baseline: 'plainjob, 1 worker',
  contenders: [
    { name: 'fiber-work, WAL NORMAL', script: 'sqlite-fiber-work', args: { durability: 'normal' } },
    { name: 'fiber-work, WAL FULL', script: 'sqlite-fiber-work', args: { durability: 'full' } },
    ...[1, 4].map((workers) => ({
      name: `plainjob, ${workers} worker${workers > 1 ? 's' : ''}`,
      script: 'sqlite-plainjob',
      args: { workers },
    })),
  ],
  metrics: [
    { name: 'enqueuedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs CPU a job', better: 'less' },
  ],
} satisfies Case
