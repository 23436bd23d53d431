import type { Case } from '../lib/case.ts'
import { workMetrics } from '../lib/redis-peers.ts'

const baseline = 'fiber-work, nothing else waits'
const crowded = [
  { name: 'fiber-work, 1,000,000 more wait', args: { backlog: 1_000_000 } },
  { name: 'fiber-work, in 100 queues', args: { queues: 100 } },
]

export default {
  name: 'redis-backlog',
  asks: 'the jobs of redis-noop, taken out of 1,100,000 of the same queue, or spread over 100 queues',
  baseline,
  redis: true,
  peers: ['ioredis'],
  contenders: [{ name: baseline, args: {} }, ...crowded].map((one) => ({ ...one, script: 'work-fiber-work' })),
  metrics: workMetrics,
  bars: crowded.map(({ name }) => ({ contender: name, metric: 'workedPerSecond', against: baseline, atLeast: 0.8 })),
} satisfies Case
