import type { Case } from '../lib/case.ts'
import { rabbitmqPeers } from '../lib/rabbitmq-peers.ts'

export default {
  name: 'rabbitmq-latency',
  asks: 'an idle queue over RabbitMQ and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'amqplib',
  peers: rabbitmqPeers,
  contenders: [
    { name: 'fiber-work', script: 'latency-fiber-work', args: { store: 'rabbitmq' } },
    {
      name: 'amqplib',
      script: 'latency-amqplib',
      settings: [1, 1_000].map((prefetch) => ({ prefetch })),
      metric: 'p50Ms',
      trying: { forMs: 2_000 },
    },
  ],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'p99Ms', against: 'amqplib', atMost: 1 }],
} satisfies Case
