import type { Bar, Case } from '../lib/case.ts'

const contenders = [
  { name: 'plain', script: 'purge-fiber-work' },
  { name: '10,000 groups', script: 'purge-fiber-work', args: { groups: 10_000 } },
  { name: 'unique keys', script: 'purge-fiber-work', args: { unique: true } },
  { name: 'retry of delayed', script: 'purge-fiber-work', args: { jobs: 300_000, act: 'retry' } },
]

export default {
  name: 'redis-purge',
  asks: '1,500,000 waiting jobs are purged, or 300,000 delayed ones retried: the longest that another connection waits for its PONG',
  baseline: 'plain',
  rounds: 3,
  redis: true,
  peers: ['ioredis'],
  contenders,
  metrics: [
    { name: 'silentMs', unit: 'ms without an answer, at most', better: 'less' },
    { name: 'jobsPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'missed', unit: 'jobs left', better: 'less' },
  ],
  bars: contenders.flatMap(({ name }): Bar[] => [
    { contender: name, metric: 'silentMs', atMost: 50 },
    { contender: name, metric: 'missed', atMost: 0 },
  ]),
} satisfies Case
