import type { Metric, Sweep } from './case.ts'

/** Packages of the tree of the bench: ours uses the product's own ioredis. */
export const bullmqPeers = ['bullmq', 'ioredis', 'ioredis5', 'node-redis']
export const redisPeers = [...bullmqPeers, 'bee-queue']

/** No-op jobs through one worker process. */
export const workMetrics: Metric[] = [
  { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
  { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
  { name: 'redisUs', unit: 'µs Redis CPU a job', better: 'less' },
  { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
  { name: 'rssPeakMb', unit: 'MB', better: 'less' },
]

/** The fastest Redis client that BullMQ can use: most is tried with it. */
const client = 'node-redis'
const trying = { jobs: 20_000 }

export const bullmqWorking: Sweep = {
  name: 'BullMQ',
  script: 'redis-bullmq',
  metric: 'workedPerSecond',
  trying,
  settings: [
    { client: 'ioredis', concurrency: 50 },
    { client: 'ioredis5', concurrency: 50 },
    ...['ioredis', 'ioredis5'].map((client) => ({ client, concurrency: 50, keep: 0, pipelining: true })),
    ...[10, 50, 200, 1_000].map((concurrency) => ({ client, concurrency })),
    ...[50, 200].map((concurrency) => ({ client, concurrency, keep: 0 })),
    ...[50, 200].map((concurrency) => ({ client, concurrency, keep: 0, lockMs: 300_000, checks: false })),
    { client, concurrency: 50, keep: 0, workers: 4 },
  ],
}

export const beeWorking: Sweep = {
  name: 'bee-queue',
  script: 'redis-bee-queue',
  metric: 'workedPerSecond',
  trying,
  settings: [
    ...[50, 200, 1_000].map((concurrency) => ({ concurrency })),
    ...[50, 200, 1_000].map((concurrency) => ({ concurrency, forget: true, events: false })),
  ],
}
