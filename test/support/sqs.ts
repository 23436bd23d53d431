import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Message, SendMessageCommandInput } from '@aws-sdk/client-sqs'
import { startFauxqs } from 'fauxqs'
import { onTestFinished } from 'vitest'
import type { Call, Reservation, Settled, StoredJob, Verdict } from '../../src/contract/index.ts'
import { type SqsDriver, sqsDriver, type SqsOptions } from '../../drivers/sqs/index.ts'

let shared: Promise<string> | undefined
let places = 0

/**
 * The endpoint that tests may share, each under a prefix of its own, as a URL of the driver: `SQS_URL`, or an SQS server of this process
 * that speaks the real protocol.
 */
export function sharedSqs(): Promise<string> {
  return (shared ??= found())
}

async function found(): Promise<string> {
  const given = process.env['SQS_URL']
  if (given !== undefined && given !== '') return given
  const { port } = await startFauxqs({ port: 0, logger: false })
  return `sqs+http://127.0.0.1:${port}`
}

/** A prefix of this test alone. */
export const sqsPrefix = (): string => `t${process.pid}-${Date.now().toString(36)}-${++places}-`

let seq = 0
export const call = (): Call => ({ lane: 0, seq: ++seq })

/** A driver that is open, gone with the test. */
export async function opened(options: SqsOptions = {}): Promise<SqsDriver> {
  const driver = sqsDriver({ url: await sharedSqs(), prefix: sqsPrefix(), ...options })
  onTestFinished(() => driver.close())
  await driver.open()
  return driver
}

export const job = (id: string, fields: Partial<StoredJob> = {}): StoredJob => ({
  id,
  queue: 'q',
  name: 'work',
  priority: 5,
  body: `{"v":1,"d":"${id}"}`,
  ...fields,
})

export async function take(driver: SqsDriver, queue = 'q', { limit = 10, waitMs = 0 } = {}): Promise<Reservation[]> {
  return (await takeAll(driver, queue, { limit, waitMs })).jobs
}

export function takeAll(driver: SqsDriver, queue = 'q', { limit = 10, waitMs = 0 } = {}) {
  const { signal } = new AbortController()
  return driver.reserve(call(), { demand: [{ queue, limit }], limit, waitMs, signal })
}

export async function settle(driver: SqsDriver, loans: Reservation[], verdict: Verdict): Promise<Settled['outcome'][]> {
  const settled = await driver.settle(
    call(),
    loans.map(({ receipt }) => ({ receipt, verdict })),
  )
  return settled.map(({ outcome }) => outcome)
}

export const idsOf = (loans: Reservation[]): string[] => loans.map(({ job }) => job.id)

/** An application that uses SQS by the SDK alone. */
export interface SqsApp {
  prefix: string
  send(queue: string, body: string, more?: Partial<SendMessageCommandInput>): Promise<void>
  receive(queue: string): Promise<Message[]>
  client: SQSClient
}

export async function sqsApp(prefix = sqsPrefix()): Promise<SqsApp> {
  const endpoint = (await sharedSqs()).replace('sqs+', '')
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials, useQueueUrlAsEndpoint: false })
  onTestFinished(() => client.destroy())
  const urlOf = async (queue: string) =>
    (await client.send(new GetQueueUrlCommand({ QueueName: prefix + queue }))).QueueUrl!
  return {
    prefix,
    client,
    async send(queue, MessageBody, more = {}) {
      await client.send(new SendMessageCommand({ QueueUrl: await urlOf(queue), MessageBody, ...more }))
    },
    async receive(queue) {
      const QueueUrl = await urlOf(queue)
      const names = { MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 }
      return (await client.send(new ReceiveMessageCommand({ QueueUrl, ...names }))).Messages ?? []
    },
  }
}
