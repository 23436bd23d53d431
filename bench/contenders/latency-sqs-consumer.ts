import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { Consumer } from 'sqs-consumer'
import { input } from './input.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'
import { clientOf, queueOf } from './sqs.ts'
import { storeOf } from './store.ts'

const given = input({ consumers: 1, batchHandler: true, batchSize: 10, ...latencyDefaults })
const { consumers, batchHandler, batchSize } = given
const latency = new Latency(given)
await using store = await storeOf({ store: 'sqs', redis: '' })
const [sqs, producer] = [clientOf(store.url), clientOf(store.url)]
const queueUrl = await queueOf(sqs)
const run = (body: string | undefined): void => latency.ran((JSON.parse(body ?? '') as { n: number }).n)
for (let n = 0; n < consumers; n++) {
  const options = { queueUrl, sqs, batchSize, waitTimeSeconds: 1 }
  const consumer = batchHandler
    ? Consumer.create({
        ...options,
        handleMessageBatch: async (messages) => {
          for (const { Body } of messages) run(Body)
          return messages
        },
      })
    : Consumer.create({
        ...options,
        handleMessage: async (message) => {
          run(message.Body)
          return message
        },
      })
  consumer.start()
}
const say = (n: number) => new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify({ n }) })
await latency.measure((n) => producer.send(say(n)))
process.exit()
