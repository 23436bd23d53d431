import { rabbitmqEnqueueCase } from '../lib/rabbitmq-peers.ts'

export default rabbitmqEnqueueCase({
  name: 'rabbitmq-enqueue',
  asks: '100,000 jobs of 200 bytes enqueued in bulk with publisher confirms, over RabbitMQ',
  mode: 'bulk',
  settings: [100, 1_000, 10_000].map((chunk) => ({ chunk })),
})
