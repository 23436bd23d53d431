import type { QueueAttributeName } from '@aws-sdk/client-sqs'
import type { QueueDepth } from '../../src/contract/index.ts'
import { toFiberWorkError } from './errors.ts'
import type { Link } from './link.ts'
import type { Queue, Queues } from './queues.ts'

const visible = 'ApproximateNumberOfMessages'
const hidden = 'ApproximateNumberOfMessagesNotVisible'
const delayed = 'ApproximateNumberOfMessagesDelayed'
const asked: QueueAttributeName[] = [visible, hidden, delayed]

/** SQS's own counts, which it calls approximate. What is hidden to be tried again later counts as running. */
export async function depthOf(ports: { link: Link; queues: Queues }, name: string): Promise<QueueDepth> {
  const { link, queues } = ports
  const queue = await queues.peek(name)
  const dead = queue === undefined ? undefined : await queues.peekDead(queue)
  const [counts, died] = await Promise.all([countsOf(link, name, queue), countsOf(link, name, dead)])
  return {
    queue: name,
    ready: counts[visible] ?? 0,
    delayed: counts[delayed] ?? 0,
    blocked: 0,
    running: counts[hidden] ?? 0,
    done: 0,
    dead: died[visible] ?? 0,
    cancelled: 0,
    quarantined: 0,
    paused: false,
  }
}

async function countsOf(link: Link, name: string, queue: Queue | undefined): Promise<Record<string, number>> {
  if (queue === undefined) return {}
  const command = new link.sdk.GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: asked })
  try {
    const { Attributes = {} } = await link.send<{ Attributes?: Record<string, string> }>(command)
    return Object.fromEntries(Object.entries(Attributes).map(([key, value]) => [key, Number(value)]))
  } catch (error) {
    throw toFiberWorkError(error, `${link.settings.place}: the queue "${name}"`)
  }
}
