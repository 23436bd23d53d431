import type { Case } from '../lib/case.ts'
import { beeWorking, bullmqWorking, redisPeers, workMetrics } from '../lib/redis-peers.ts'

export default {
  name: 'redis-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over Redis: one worker process, from its start to the last verdict',
  baseline: 'BullMQ',
  redis: true,
  peers: redisPeers,
  contenders: [{ name: 'fiber-work', script: 'work-fiber-work' }, bullmqWorking, beeWorking],
  metrics: workMetrics,
  bars: [
    { contender: 'fiber-work', metric: 'workedPerSecond', against: 'BullMQ', atLeast: 10, everyRoundAtLeast: 9 },
    { contender: 'fiber-work', metric: 'workedPerSecond', against: 'bee-queue', atLeast: 5 },
    { contender: 'fiber-work', metric: 'cpuUs', atMost: 6 },
    { contender: 'fiber-work', metric: 'redisUs', atMost: 5 },
  ],
} satisfies Case
