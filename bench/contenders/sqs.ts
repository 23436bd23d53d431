import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'

/** The SDK's client as an application makes it, with sockets for everybody who polls. */
export function clientOf(url: string, md5 = true): SQSClient {
  return new SQSClient({
    ...(!md5 && { md5 }),
    endpoint: url.replace('sqs+', ''),
    region: 'us-east-1',
    useQueueUrlAsEndpoint: false,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: 256 } },
  })
}

export async function queueOf(client: SQSClient): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'bench' }))
  return QueueUrl!
}

/** Ten a request, twenty requests at once. */
export async function fill(client: SQSClient, QueueUrl: string, jobs: number): Promise<void> {
  const pad = 'x'.repeat(180)
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < jobs) {
      const from = next
      next += 10
      const Entries = Array.from({ length: Math.min(10, jobs - from) }, (_, i) => ({
        Id: String(i),
        MessageBody: JSON.stringify({ n: from + i, pad }),
      }))
      await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    }
  }
  await Promise.all(Array.from({ length: 20 }, sender))
}
