import type { Case } from '../lib/case.ts'
import { redisPeers } from '../lib/redis-peers.ts'

export default {
  name: 'streams-latency',
  asks: 'an idle stream of Redis and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'BullMQ',
  redis: true,
  peers: redisPeers,
  contenders: [
    { name: 'fiber-work, streams', script: 'latency-fiber-work', args: { store: 'redis-streams' } },
    { name: 'fiber-work, redis', script: 'latency-fiber-work' },
    {
      name: 'BullMQ',
      script: 'latency-bullmq',
      settings: ['ioredis', 'node-redis'].flatMap((client) => [1, 50].map((concurrency) => ({ client, concurrency }))),
      metric: 'p50Ms',
      trying: { forMs: 2_000 },
    },
  ],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
  bars: ['p50Ms', 'p99Ms'].map((metric) => ({
    contender: 'fiber-work, streams',
    metric,
    against: 'BullMQ',
    atMost: 1,
  })),
} satisfies Case
