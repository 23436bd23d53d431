import type { Case } from '../lib/case.ts'
import { redisPeers } from '../lib/redis-peers.ts'

const sweep = { metric: 'p50Ms', trying: { forMs: 2_000 } }

export default {
  name: 'redis-latency',
  asks: 'an idle queue over Redis and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'bee-queue',
  redis: true,
  peers: redisPeers,
  contenders: [
    { name: 'fiber-work', script: 'latency-fiber-work' },
    {
      name: 'BullMQ',
      script: 'latency-bullmq',
      settings: ['ioredis', 'ioredis5', 'node-redis'].flatMap((client) =>
        [1, 50].map((concurrency) => ({ client, concurrency })),
      ),
      ...sweep,
    },
    {
      name: 'bee-queue',
      script: 'latency-bee-queue',
      settings: [1, 50].flatMap((concurrency) => [{ concurrency }, { concurrency, forget: true, events: false }]),
      ...sweep,
    },
  ],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
  bars: ['p50Ms', 'p99Ms'].map((metric) => ({ contender: 'fiber-work', metric, against: 'bee-queue', atMost: 1 })),
} satisfies Case
