import type { Case } from '../lib/case.ts'
import { bullmqWorking, redisPeers, workMetrics } from '../lib/redis-peers.ts'

export default {
  name: 'streams-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, out of a Redis Stream: one worker process, from its start to the last verdict',
  baseline: 'BullMQ',
  redis: true,
  peers: redisPeers,
  contenders: [
    { name: 'fiber-work, streams', script: 'work-fiber-work', args: { store: 'redis-streams' } },
    { name: 'fiber-work, redis', script: 'work-fiber-work' },
    bullmqWorking,
  ],
  metrics: workMetrics,
  bars: [{ contender: 'fiber-work, streams', metric: 'workedPerSecond', against: 'BullMQ', atLeast: 3 }],
} satisfies Case
