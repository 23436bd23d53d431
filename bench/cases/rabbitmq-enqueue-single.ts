import { rabbitmqEnqueueCase } from '../lib/rabbitmq-peers.ts'

export default rabbitmqEnqueueCase({
  name: 'rabbitmq-enqueue-single',
  asks: '100,000 jobs of 200 bytes, enqueued one by one by 100 callers that each await the confirm, over RabbitMQ',
  mode: 'single',
  settings: [{}],
})
