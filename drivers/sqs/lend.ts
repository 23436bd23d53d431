import type { Message } from '@aws-sdk/client-sqs'
import { machineMs } from '../../src/base/env.ts'
import type { Receipt } from '../../src/contract/index.ts'
import { sendAll } from './batches.ts'
import { type Opened, open } from './codec.ts'
import { bury } from './dead.ts'
import { send } from './enqueue.ts'
import { copyOf } from './letter.ts'
import type { Link } from './link.ts'
import type { Loan } from './loans.ts'
import { leaseSeconds } from './options.ts'
import type { Queue, Queues } from './queues.ts'
import { hide } from './visibility.ts'

interface Ports {
  link: Link
  queues: Queues
  /** Something that nobody need wait for. */
  beside: (work: Promise<unknown>) => void
  identity: () => { number: number; receipt: Receipt }
}

export interface Lent {
  loans: Loan[]
  /** Ids of what can never be run; it lies among the dead. */
  broken: string[]
}

/** Clocks of two machines differ: what is due in a moment is due. */
const earlyMsMax = 1_000

/** Makes loans of the messages that can be run now. Others are parked again until they are due, or are dead. */
export async function lend(ports: Ports, queue: Queue, messages: Message[]): Promise<Lent> {
  const { env } = ports.link.settings
  const lent: Lent = { loans: [], broken: [] }
  const early: { loan: Loan; dueAtMs: number }[] = []
  const refused: { message: Message; reason: string }[] = []
  const all = messages.map((message) => openWhole(ports.link, queue, message))
  const opened = all.some((one) => one instanceof Promise)
    ? await Promise.all(all.map(async (one) => one))
    : (all as Whole[])
  const nowMs = env.nowMs()
  for (const [i, message] of messages.entries()) {
    const one = opened[i]!
    if ('refused' in one) {
      refused.push({ message, reason: one.refused })
      continue
    }
    const loan = loanOf(ports, queue, message, one)
    const dueAtMs = one.dueAtMs ?? 0
    if (dueAtMs - nowMs > earlyMsMax) early.push({ loan, dueAtMs })
    else lent.loans.push(loan)
  }
  if (early.length > 0) ports.beside(park(ports.link, queue, early))
  if (refused.length > 0) {
    lent.broken = refused.map(({ message }) => message.MessageId ?? '')
    ports.beside(refuse(ports, queue, refused))
  }
  return lent
}

type Whole = Opened | { refused: string }

/** With its body, wherever that lies. Nearly always in the message: then nobody waits. */
function openWhole(link: Link, queue: Queue, message: Message): Whole | Promise<Whole> {
  const opened = readable(message, queue, link.settings.name)
  return 'refused' in opened || opened.bodyKey === undefined ? opened : fetched(link, opened, opened.bodyKey)
}

async function fetched({ settings: { bodies } }: Link, opened: Opened, key: string): Promise<Whole> {
  if (bodies === undefined) return { refused: 'The body lies in a body store, and this worker has none.' }
  const body = await bodies.get(key)
  if (body === undefined) return { refused: `The body store has no "${key}".` }
  opened.job.body = body
  return opened
}

function readable(message: Message, queue: Queue, name: string | undefined): Whole {
  try {
    return open(message, queue, name)
  } catch {
    return { refused: 'The attribute fiber-work of the message is not what we write.' }
  }
}

function loanOf({ link, identity }: Ports, queue: Queue, message: Message, opened: Opened): Loan {
  const { job, attempts, enqueuedAtMs, waitedMs, bodyKey, line } = opened
  const receivedAtMs = machineMs()
  return {
    ...identity(),
    url: queue.url,
    handle: message.ReceiptHandle ?? '',
    receivedAtMs,
    hiddenUntilMs: receivedAtMs + leaseSeconds(link.settings) * 1_000,
    queue,
    message,
    id: job.id,
    attempts,
    enqueuedAtMs,
    waitedMs,
    bodyKey,
    line,
    job,
  }
}

/** A delay that is longer than SQS's own: the message is sent again with what is left of it. On a FIFO queue it keeps its place, hidden. */
async function park(link: Link, queue: Queue, early: { loan: Loan; dueAtMs: number }[]): Promise<void> {
  const nowMs = link.settings.env.nowMs()
  if (queue.fifo) {
    const due = new Map(early.map(({ loan, dueAtMs }) => [loan, Math.ceil((dueAtMs - nowMs) / 1_000)]))
    await hide(link, [...due.keys()], (loan) => due.get(loan)!)
    return
  }
  const copies = early.map(({ loan: { message, id, attempts, enqueuedAtMs: sentAtMs }, dueAtMs }) =>
    copyOf(message, queue, { id, attempts: attempts - 1, sentAtMs, dueAtMs }, nowMs),
  )
  const failures = await send(link, queue, copies)
  await remove(
    link,
    queue,
    early.filter((_, i) => failures[i] === undefined).map(({ loan }) => loan.message),
  )
}

async function refuse(ports: Ports, queue: Queue, refused: { message: Message; reason: string }[]): Promise<void> {
  const dead = refused.map(({ message, reason }) => {
    const line = message.Attributes?.MessageGroupId
    return { queue, message, line, outcome: 'dead' as const, reason }
  })
  const failures = await bury(ports, dead)
  await remove(
    ports.link,
    queue,
    dead.filter((_, i) => failures[i] === undefined).map(({ message }) => message),
  )
}

async function remove(link: Link, queue: Queue, messages: Message[]): Promise<void> {
  await sendAll(link, messages, {
    entryOf: ({ ReceiptHandle }) => ({ ReceiptHandle }),
    command: (Entries) => new link.sdk.DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }),
  })
}
