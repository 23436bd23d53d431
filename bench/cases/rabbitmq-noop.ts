import type { Case } from '../lib/case.ts'
import { rabbitmqPeers } from '../lib/rabbitmq-peers.ts'

export default {
  name: 'rabbitmq-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over RabbitMQ: one worker process, from its start to the last acknowledgement',
  baseline: 'amqplib',
  peers: rabbitmqPeers,
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'rabbitmq' } },
    {
      name: 'amqplib',
      script: 'rabbitmq-amqplib',
      metric: 'workedPerSecond',
      trying: { jobs: 20_000 },
      settings: [...[100, 1_000, 10_000].map((prefetch) => ({ prefetch })), { prefetch: 1_000, maxPriority: 9 }],
    },
  ],
  metrics: [
    { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
    { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
    { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'workedPerSecond', against: 'amqplib', atLeast: 1 }],
} satisfies Case
