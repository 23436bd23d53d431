import { input } from './input.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'
import { openBroker, openQueue } from './rabbitmq.ts'

const given = input({ ...latencyDefaults, prefetch: 1_000 })
const latency = new Latency(given)
const queue = `bench-amqplib-${process.pid}`
const producer = await openQueue(queue)
const { model, channel } = await openBroker().channel()
await channel.prefetch(given.prefetch)
await channel.consume(queue, (message) => {
  if (message === null) return
  latency.ran((JSON.parse(message.content.toString()) as { n: number }).n)
  channel.ack(message)
})
await latency.measure((n) => producer.add({ n }))
await channel.deleteQueue(queue)
await model.close()
await producer.model.close()
