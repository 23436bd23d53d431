import type { Case } from '../lib/case.ts'

const stores = ['memory', 'sqlite', 'redis', 'redis-streams', 'postgres', 'mysql', 'rabbitmq', 'sqs']

export default {
  name: 'drivers',
  asks: 'every driver with what it ships as defaults: 100,000 jobs of 200 bytes enqueued in bulk, 10,000 by 100 callers that await each, all of them worked and settled by one process, and one job every 5 ms into the idle queue',
  baseline: 'redis',
  redis: true,
  rounds: 3,
  contenders: stores.map((store) => ({ name: store, script: 'driver-fiber-work', args: { store } })),
  metrics: [
    { name: 'enqueuedPerSecond', unit: 'jobs/s in bulk', better: 'more' },
    { name: 'singlesPerSecond', unit: 'jobs/s by 100 callers', better: 'more' },
    { name: 'workedPerSecond', unit: 'jobs/s worked and settled', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
    { name: 'p50Ms', unit: 'ms from enqueue to handler, idle', better: 'less' },
    { name: 'p99Ms', unit: 'ms, p99', better: 'less' },
    { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  ],
} satisfies Case
