import type { Message } from '@aws-sdk/client-sqs'
import type { Failure } from './batches.ts'
import { send } from './enqueue.ts'
import { bytesOf, fifoPart, type Letter, written } from './letter.ts'
import type { Link } from './link.ts'
import { type Attributes, textAttribute } from './mark.ts'
import type { Queue, Queues } from './queues.ts'
import { legible } from './text.ts'

/** A message that is to be a dead letter, and why. */
export interface Dead {
  queue: Queue
  message: Message
  line: string | undefined
  outcome: 'dead' | 'quarantined' | 'cancelled'
  reason: string
}

const outcomeName = 'fiber-work-outcome'
const reasonName = 'fiber-work-reason'
const reasonCharsMax = 2_000
const attributesMax = 10

/** Sends them where the dead of their queues go, as they were, with the reason. Answers a failure or undefined a message. */
export async function bury(
  ports: { link: Link; queues: Queues },
  dead: readonly Dead[],
): Promise<(Failure | undefined)[]> {
  const answers = new Map<Dead, Failure | undefined>()
  await Promise.all(
    [...Map.groupBy(dead, ({ queue }) => queue)].map(async ([queue, batch]) => {
      const failures = await buryOf(ports, queue, batch)
      for (const [i, failure] of failures.entries()) answers.set(batch[i]!, failure)
    }),
  )
  return dead.map((one) => answers.get(one))
}

async function buryOf(
  { link, queues }: { link: Link; queues: Queues },
  queue: Queue,
  batch: Dead[],
): Promise<(Failure | undefined)[]> {
  try {
    const target = await queues.dead(queue)
    return await send(
      link,
      target,
      batch.map((dead) => deadLetter(dead, target)),
    )
  } catch (cause) {
    const failure = { code: 'NoDeadLetterQueue', message: String(cause), final: false, cause }
    return batch.map(() => failure)
  }
}

function deadLetter({ message, line, outcome, reason }: Dead, target: Queue): Letter {
  const body = message.Body ?? ''
  const attributes: Attributes = { ...message.MessageAttributes, [outcomeName]: textAttribute(outcome) }
  const why = textAttribute(legible(reason, reasonCharsMax))
  // A foreign message may have left no room, and then it is worth more than the words about it.
  const room = Object.keys(attributes).length < attributesMax
  if (room && bytesOf(body, { ...attributes, [reasonName]: why }) <= target.messageBytesMax)
    attributes[reasonName] = why
  if (!room || bytesOf(body, attributes) > target.messageBytesMax) delete attributes[outcomeName]
  return written(body, attributes, fifoPart(target, line, `dead:${message.MessageId ?? ''}`))
}
