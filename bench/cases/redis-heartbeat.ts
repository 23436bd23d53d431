import type { Case } from '../lib/case.ts'

export default {
  name: 'redis-heartbeat',
  asks: 'what Redis does for a worker whose jobs only wait: its time in scripts, with 10 and with 10,000 jobs in flight',
  baseline: '10 in flight',
  rounds: 3,
  redis: true,
  peers: ['ioredis'],
  contenders: [
    { name: '10 in flight', script: 'heartbeat-fiber-work', args: { jobs: 10 } },
    { name: '10,000 in flight', script: 'heartbeat-fiber-work', args: { jobs: 10_000 } },
  ],
  metrics: [
    { name: 'callUs', unit: 'µs a call', better: 'less' },
    { name: 'callsPerSecond', unit: 'calls/s', better: 'less' },
    { name: 'serverUsPerSecond', unit: 'µs a second', better: 'less' },
  ],
  // The same, but for what a clock of whole microseconds can tell of a dozen calls.
  bars: [{ contender: '10,000 in flight', metric: 'serverUsPerSecond', against: '10 in flight', atMost: 1.25 }],
} satisfies Case
