import type { Case, Sweep } from './case.ts'

/** How a case over RabbitMQ says that bare amqplib is the measure. */
export const rabbitmqPeers = ['amqplib']

/** What the broker does for such queues and messages as ours: a queue with priorities, and more to say in each message. */
export const asOurs = 'amqplib, on queues and messages as ours'

const metric = 'enqueuedPerSecond'

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
      name: 'fiber-work, order=fifo',
      script: 'enqueue-fiber-work',
      args: { store: 'rabbitmq', mode, parameters: 'order=fifo' },
    },
    amqplib('amqplib', { mode }, settings),
    amqplib(asOurs, { mode, asOurs: true }, settings),
  ],
  metrics: [
    { name: metric, unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs producer CPU a job', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric, against: 'amqplib', atLeast: 1, ceiling: asOurs }],
})

const amqplib = (name: string, args: Record<string, unknown>, settings: Record<string, unknown>[]): Sweep => ({
  name,
  script: 'enqueue-amqplib',
  args,
  settings,
  metric,
  trying: { jobs: 10_000 },
})
