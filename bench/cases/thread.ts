import type { Case } from '../lib/case.ts'

export default {
  name: 'thread',
  asks: '400 jobs of 20 ms of hashing in one thread, beside 1,000 that wait: rate, and how late the event loop is meanwhile',
  baseline: 'bare piscina',
  rounds: 3,
  contenders: [
    { name: 'fiber-work, thread lane', script: 'thread-fiber-work', args: { lane: 'thread' } },
    { name: 'fiber-work, on the loop', script: 'thread-fiber-work', args: { lane: 'loop' } },
    { name: 'fiber-work, without them', script: 'thread-fiber-work', args: { lane: 'none' } },
    { name: 'bare piscina', script: 'thread-piscina' },
  ],
  metrics: [
    { name: 'jobsPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'loopP99Ms', unit: 'ms', better: 'less' },
    { name: 'loopMaxMs', unit: 'ms', better: 'less' },
  ],
  bars: [
    { contender: 'fiber-work, thread lane', metric: 'jobsPerSecond', against: 'bare piscina', atLeast: 0.9 },
    { contender: 'fiber-work, thread lane', metric: 'loopP99Ms', against: 'fiber-work, on the loop', atMost: 0.5 },
  ],
} satisfies Case
