import type { Case } from '../lib/case.ts'

export default {
  name: 'api-batch',
  asks: 'batches of 1,000 jobs of 200 bytes submitted over HTTP into Redis, while a worker in another process runs them',
  baseline: 'fiber-work',
  rounds: 3,
  redis: true,
  peers: ['autocannon'],
  contenders: [
    { name: 'fiber-work', script: 'api-submit', args: { batch: 1_000, connections: 8, fixedSeconds: 0 } },
    {
      name: 'fiber-work, 50 connections',
      script: 'api-submit',
      args: { batch: 1_000, connections: 50, fixedSeconds: 0 },
    },
  ],
  metrics: [
    { name: 'jobsPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'p50Ms', unit: 'ms a batch', better: 'less' },
    { name: 'p99Ms', unit: 'ms a batch', better: 'less' },
    { name: 'serverUs', unit: 'µs server CPU a job', better: 'less' },
    { name: 'errors', unit: 'requests', better: 'less' },
  ],
  bars: [
    { contender: 'fiber-work, 50 connections', metric: 'jobsPerSecond', atLeast: 50_000 },
    { contender: 'fiber-work', metric: 'jobsPerSecond', atLeast: 50_000 },
    { contender: 'fiber-work, 50 connections', metric: 'errors', atMost: 0 },
  ],
} satisfies Case
