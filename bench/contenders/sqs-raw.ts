import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { clientOf, fill, queueOf } from './sqs.ts'
import { produceElsewhere, storeOf } from './store.ts'

// What the server and the SDK can do without a worker: receive ten, parse them, delete ten.
const given = input({ jobs: 100_000, enqueueTo: '', loops: 8, md5: true })
const { jobs, loops } = given

async function work(url: string): Promise<void> {
  const client = clientOf(url, given.md5)
  const QueueUrl = await queueOf(client)
  const measured = measureWork(url, jobs)
  let gone = 0
  const loop = async (): Promise<void> => {
    while (gone < jobs) {
      const asked = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(asked))
      for (const { Body } of Messages) JSON.parse(Body ?? '')
      if (Messages.length === 0) continue
      measured.ran()
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
      gone += Messages.length
      if (gone >= jobs) measured.settled()
    }
  }
  await Promise.all(Array.from({ length: loops }, loop))
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
