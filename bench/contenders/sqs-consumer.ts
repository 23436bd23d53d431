import { Consumer } from 'sqs-consumer'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { clientOf, fill, queueOf } from './sqs.ts'
import { produceElsewhere, storeOf } from './store.ts'

const given = input({ jobs: 100_000, enqueueTo: '', consumers: 1, batchHandler: true, batchSize: 10, md5: true })
const { jobs, consumers, batchHandler, batchSize } = given

async function work(url: string): Promise<void> {
  const sqs = clientOf(url, given.md5)
  const queueUrl = await queueOf(sqs)
  const all = Promise.withResolvers<void>()
  const measured = measureWork(url, jobs)
  let gone = 0
  const run = (body: string | undefined): void => {
    JSON.parse(body ?? '')
    measured.ran()
  }
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
    // Told for each message, once it is deleted.
    consumer.on('message_processed', () => void (++gone === jobs && all.resolve()))
    consumer.on('error', (error) => all.reject(error))
    consumer.start()
  }
  await all.promise
  measured.settled()
}

if (given.enqueueTo !== '') {
  const client = clientOf(given.enqueueTo)
  await fill(client, await queueOf(client), jobs)
} else {
  await using store = await storeOf({ store: 'sqs', redis: '' })
  produceElsewhere(given, store.url)
  await work(store.url)
}
process.exit()
