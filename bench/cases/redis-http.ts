import type { Case } from '../lib/case.ts'
import { httpMetrics, shipped } from '../lib/http-case.ts'
import { bullmqPeers } from '../lib/redis-peers.ts'

const http = { jobs: 30_000, latencyMs: 1_000 }

export default {
  name: 'redis-http',
  asks: '30,000 HTTP jobs of 1 s over Redis, 10,000 in flight, 20 ports (ideal 3 s)',
  baseline: 'bare undici pool',
  service: { latencyMs: http.latencyMs, ports: 20 },
  redis: true,
  peers: [...bullmqPeers, 'undici'],
  contenders: [
    { name: 'fiber-work', script: 'http-fiber-work', args: { ...http, store: 'redis' }, nodeFlags: shipped },
    {
      name: 'BullMQ',
      script: 'http-bullmq',
      args: http,
      settings: ['ioredis', 'node-redis'].flatMap((client) => [
        { client },
        { client, keep: 0, lockMs: 300_000, checks: false },
      ]),
      metric: 'wallS',
      trying: { jobs: 10_000 },
    },
    { name: 'bare undici pool', script: 'http-bare-undici', args: http },
  ],
  metrics: httpMetrics,
  bars: [
    { contender: 'fiber-work', metric: 'wallS', against: 'bare undici pool', atMost: 0.75 },
    { contender: 'fiber-work', metric: 'loopP99Ms', atMost: 60 },
  ],
} satisfies Case
