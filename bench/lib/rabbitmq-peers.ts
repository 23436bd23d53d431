import type { Case } from './case.ts'

/** How a case over RabbitMQ says that bare amqplib is the measure. */
export const rabbitmqPeers = ['amqplib']

interface Asked {
  name: string
  asks: string
  mode: 'bulk' | 'single'
  /** What is tried of the peer. */
  settings: Record<string, unknown>[]
}

/** Enqueueing with confirms. */
export const rabbitmqEnqueueCase = ({ name, asks, mode, settings }: Asked): Case => ({
  name,
  asks,
  baseline: 'amqplib',
  peers: rabbitmqPeers,
  contenders: [
    { name: 'fiber-work', script: 'enqueue-fiber-work', args: { store: 'rabbitmq', mode } },
    {
      name: 'amqplib',
      script: 'enqueue-amqplib',
      args: { mode },
      settings,
      metric: 'enqueuedPerSecond',
      trying: { jobs: 10_000 },
    },
  ],
  metrics: [
    { name: 'enqueuedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs producer CPU a job', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'enqueuedPerSecond', against: 'amqplib', atLeast: 1 }],
})
