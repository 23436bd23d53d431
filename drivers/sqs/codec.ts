import type { Message } from '@aws-sdk/client-sqs'
import { priorityDefault, type StoredJob } from '../../src/contract/index.ts'
import { foreignOf } from './foreign.ts'
import { groupOf } from './letter.ts'
import { type Mark, markName, markOf } from './mark.ts'
import type { Queue } from './queues.ts'

/** A message in our words. */
export interface Opened {
  /** Its body is missing while `bodyKey` says where it lies. */
  job: StoredJob
  bodyKey: string | undefined
  attempts: number
  enqueuedAtMs: number
  waitedMs: number
  /** When it is due, if it was given a time. */
  dueAtMs: number | undefined
  /** The line of a FIFO queue that it stands in. */
  line: string | undefined
}

/** A message that nobody can run, and why. */
export interface Refused {
  refused: string
}

export function open(message: Message, queue: Queue, nameDefault: string | undefined): Opened | Refused {
  const mark = markOf(message.MessageAttributes)
  if (mark === undefined && message.MessageAttributes?.[markName] !== undefined) {
    return { refused: `The attribute ${markName} of the message cannot be read.` }
  }
  const job = mark?.name === undefined ? foreignJob(message, queue, nameDefault, mark) : ownJob(message, queue, mark)
  if ('refused' in job) return job
  const { ApproximateReceiveCount, SentTimestamp, ApproximateFirstReceiveTimestamp, MessageGroupId } =
    message.Attributes ?? {}
  const received = Number(ApproximateReceiveCount ?? 1)
  const sentAtMs = Number(SentTimestamp ?? 0)
  const firstAtMs = Number(ApproximateFirstReceiveTimestamp ?? sentAtMs)
  const dueAtMs = mark?.dueAtMs
  // A message that came before it was due was hidden until then; that was no attempt. Only FIFO queues have them.
  const parked = queue.fifo && dueAtMs !== undefined && received > 1 && firstAtMs < dueAtMs ? 1 : 0
  return {
    job,
    bodyKey: mark?.bodyKey,
    attempts: (mark?.attempts ?? 0) + received - parked,
    enqueuedAtMs: mark?.sentAtMs ?? sentAtMs,
    // Of a message that came back nobody knows since when it was ready.
    waitedMs: received > 1 ? 0 : Math.max(0, firstAtMs - Math.max(sentAtMs, dueAtMs ?? 0)),
    dueAtMs,
    line: queue.fifo ? MessageGroupId : undefined,
  }
}

function ownJob(message: Message, queue: Queue, mark: Mark): StoredJob | Refused {
  const body = mark.escaped === undefined ? message.Body : unescaped(message.Body)
  if (body === undefined) return { refused: 'The body of the message is not what its attribute says.' }
  const job: StoredJob = {
    id: mark.id,
    queue: queue.name,
    name: mark.name ?? '',
    priority: mark.priority ?? priorityDefault,
    body,
  }
  if (mark.group !== undefined) job.group = mark.group
  if (mark.tags !== undefined) job.tags = mark.tags
  if (mark.headers !== undefined) job.headers = Object.fromEntries(mark.headers)
  return job
}

/** Somebody else's message: its JSON is the input, of the first version. */
function foreignJob(
  message: Message,
  queue: Queue,
  nameDefault: string | undefined,
  mark: Mark | undefined,
): StoredJob | Refused {
  const foreign = foreignOf(message, nameDefault)
  if ('invalid' in foreign) return { refused: foreign.invalid }
  const group = groupOf(message.Attributes?.MessageGroupId)
  return {
    id: mark?.id ?? message.MessageId ?? '',
    queue: queue.name,
    name: foreign.name,
    priority: priorityDefault,
    body: `{"v":1,"d":${foreign.data}}`,
    ...(group !== undefined && { group }),
  }
}

function unescaped(body: string | undefined): string | undefined {
  try {
    const text = JSON.parse(body ?? '') as unknown
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined
  }
}
