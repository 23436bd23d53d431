import type { Case, Sweep } from '../lib/case.ts'
import { rabbitmqPeers } from '../lib/rabbitmq-peers.ts'

const prefetches = [100, 1_000, 10_000]

/** Bare amqplib on a queue as it makes them, or as ours are by default. */
const amqplib = (name: string, queue: Record<string, unknown>): Sweep => ({
  name,
  script: 'rabbitmq-amqplib',
  metric: 'workedPerSecond',
  args: queue,
  trying: { jobs: 20_000 },
  settings: prefetches.flatMap((prefetch) => [{ prefetch }, { prefetch, ackEvery: 100 }]),
})

const plain = 'amqplib'
const prioritised = 'amqplib, with priorities'
const metric = 'workedPerSecond'

export default {
  name: 'rabbitmq-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over RabbitMQ: one worker process, from its start to the last acknowledgement',
  baseline: plain,
  peers: rabbitmqPeers,
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'rabbitmq' } },
    { name: 'fiber-work, order=fifo', script: 'work-fiber-work', args: { store: 'rabbitmq', parameters: 'order=fifo' } },
    amqplib(plain, {}),
    amqplib(prioritised, { maxPriority: 9 }),
  ],
  metrics: [
    { name: metric, unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
    { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
    { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  ],
  bars: [
    { contender: 'fiber-work', metric, against: plain, atLeast: 1, ceiling: prioritised },
    { contender: 'fiber-work, order=fifo', metric, against: plain, atLeast: 1 },
  ],
} satisfies Case
