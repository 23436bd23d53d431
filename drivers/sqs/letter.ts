import { createHash } from 'node:crypto'
import type { Message, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { FiberWorkError, type StoredJob } from '../../src/contract/index.ts'
import type { Attributes, Mark } from './mark.ts'
import { markAttribute, markName, markOf } from './mark.ts'
import type { Queue } from './queues.ts'
import { isFit, toFitJson } from './text.ts'

/** One message that is to be sent. */
export interface Letter {
  entry: Omit<SendMessageBatchRequestEntry, 'Id'>
  bytes: number
}

/** The longest delay that SQS holds by itself; later ones are parked again when they come. */
export const delaySecondsMax = 900
const attributesMax = 10
/** Room that is left in each message for what a copy or a dead letter adds. */
const spareBytes = 1_024
/** Jobs without a group are one group, where SQS wants each message to have one. */
const noGroup = 'fiber-work:none'

/** A job as a message. `bodyKey`: its body lies in the body store. */
export function letterOf(job: StoredJob, queue: Queue, nowMs: number, bodyKey?: string): Letter {
  const dueAtMs = dueOf(job, nowMs)
  const mark: Mark = { id: job.id, name: job.name }
  if (job.priority !== 5) mark.priority = job.priority
  if (job.group !== undefined) mark.group = job.group
  if (job.tags !== undefined) mark.tags = job.tags
  if (job.headers !== undefined) mark.headers = Object.entries(job.headers)
  if (dueAtMs > nowMs) mark.dueAtMs = dueAtMs
  if (bodyKey !== undefined) mark.bodyKey = bodyKey
  let body = bodyKey === undefined ? job.body : toFitJson({ 'fiber-work-body': bodyKey })
  if (!isFit(body)) [body, mark.escaped] = [toFitJson(body), true]
  return written(
    body,
    { [markName]: markAttribute(mark) },
    {
      ...fifoPart(queue, job.group, job.id),
      ...delayPart(queue, mark, nowMs),
    },
  )
}

/** Undefined takes it out of the mark. */
export interface MarkChanges {
  id: string
  attempts: number
  sentAtMs: number
  dueAtMs: number | undefined
}

/** The same message again, with another mark: what a release and a parked delay need. Only standard queues get copies. */
export function copyOf(message: Message, queue: Queue, changes: MarkChanges, nowMs: number): Letter {
  const { dueAtMs, ...rest } = changes
  const mark: Mark = { ...markOf(message.MessageAttributes), ...rest }
  delete mark.dueAtMs
  if (dueAtMs !== undefined) mark.dueAtMs = dueAtMs
  const attributes: Attributes = { ...message.MessageAttributes, [markName]: markAttribute(mark) }
  const names = Object.keys(attributes).filter((name) => name !== markName)
  for (const name of names.slice(attributesMax - 1)) delete attributes[name]
  return written(message.Body ?? '', attributes, delayPart(queue, mark, nowMs))
}

export const isTooLarge = ({ bytes }: Letter, { messageBytesMax }: Queue): boolean =>
  bytes > messageBytesMax - spareBytes

/** @throws FW_BODY_TOO_LARGE */
export function refuseTooLarge(letter: Letter, queue: Queue, id: string): void {
  if (!isTooLarge(letter, queue)) return
  const says = `The job ${id} is ${letter.bytes} bytes as a message; the queue "${queue.name}" takes ${queue.messageBytesMax - spareBytes}`
  throw new FiberWorkError('FW_BODY_TOO_LARGE', `${says}. Give the driver a store for larger bodies (bodies).`)
}

/** Body and attributes count, names and types too. */
export function bytesOf(body: string, attributes: Attributes): number {
  let bytes = Buffer.byteLength(body)
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + (DataType?.length ?? 0)
    bytes += StringValue === undefined ? (BinaryValue?.byteLength ?? 0) : Buffer.byteLength(StringValue)
  }
  return bytes
}

/** Where a FIFO queue has the job: in the line of its group, and once in five minutes by its id. */
export function fifoPart(queue: Queue, group: string | undefined, once: string): Partial<Letter['entry']> {
  if (!queue.fifo) return {}
  return {
    MessageGroupId: group === undefined ? noGroup : idOf(group),
    MessageDeduplicationId: idOf(once),
  }
}

/** The group that a message was sent with; ours have theirs in the mark. */
export const groupOf = (id: string | undefined): string | undefined => (id === noGroup ? undefined : id)

export function written(body: string, attributes: Attributes, part: Partial<Letter['entry']>): Letter {
  const entry = { MessageBody: body, MessageAttributes: attributes, ...part }
  return { entry, bytes: bytesOf(body, attributes) }
}

/** FIFO queues delay none by itself: what is not due is hidden when it comes. */
function delayPart(queue: Queue, { dueAtMs }: Mark, nowMs: number): Partial<Letter['entry']> {
  if (queue.fifo || dueAtMs === undefined || dueAtMs <= nowMs) return {}
  return { DelaySeconds: Math.min(delaySecondsMax, Math.ceil((dueAtMs - nowMs) / 1_000)) }
}

export function dueOf({ due }: Pick<StoredJob, 'due'>, nowMs: number): number {
  return due === undefined ? 0 : Math.round('inMs' in due ? nowMs + due.inMs : due.atMs)
}

/** SQS takes 1 to 128 of the printable characters of ASCII, no space; what it does not take is hashed. */
function idOf(text: string): string {
  const fit = /^[!-~]{1,128}$/.test(text) && !text.startsWith('fiber-work:')
  return fit ? text : `fiber-work:${createHash('sha256').update(text).digest('hex')}`
}
