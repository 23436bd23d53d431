import type { Case } from '../lib/case.ts'
import { asOurs, rabbitmqPeers } from '../lib/rabbitmq-peers.ts'

const prefetches = [100, 1_000, 10_000].map((prefetch) => ({ prefetch }))

const amqplib = {
  script: 'rabbitmq-amqplib',
  metric: 'workedPerSecond',
  trying: { jobs: 20_000 },
}

const plain = 'amqplib'
const metric = 'workedPerSecond'

export default {
  name: 'rabbitmq-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over RabbitMQ: one worker process, from its start to the last acknowledgement',
  baseline: plain,
  peers: rabbitmqPeers,
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'rabbitmq' } },
    {
      name: 'fiber-work, order=fifo',
      script: 'work-fiber-work',
      args: { store: 'rabbitmq', parameters: 'order=fifo' },
    },
    { ...amqplib, name: plain, settings: prefetches },
    {
      ...amqplib,
      name: asOurs,
      args: { asOurs: true },
      settings: prefetches.flatMap((one) => [one, { ...one, ackEvery: 100 }]),
    },
  ],
  metrics: [
    { name: metric, unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
    { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
    { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric, against: plain, atLeast: 1, ceiling: asOurs }],
} satisfies Case
