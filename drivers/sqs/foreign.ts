import type { Message } from '@aws-sdk/client-sqs'
import { type Attributes, jobNameName } from './mark.ts'

/** What a producer that is not ours meant, or why that cannot be told. */
export type Foreign = { name: string; data: string } | { invalid: string }

/** A message of any producer: JSON is its body, or what SNS has put around JSON. */
export function foreignOf(message: Message, nameDefault: string | undefined): Foreign {
  const body = message.Body ?? ''
  const parsed = parse(body)
  const envelope = parsed === undefined ? undefined : envelopeOf(parsed.value)
  const data = envelope === undefined ? body : envelope.message
  if (parsed === undefined || (envelope !== undefined && parse(data) === undefined)) {
    return { invalid: `The message is not JSON: ${data.slice(0, 100)}` }
  }
  const name = nameIn(message.MessageAttributes) ?? envelope?.name ?? nameDefault
  if (name === undefined) {
    return { invalid: `The message names no job: it has no attribute ${jobNameName}, and the store has no ?name=.` }
  }
  return { name, data }
}

/** What SNS wraps around a message where the subscription does not say RawMessageDelivery. */
function envelopeOf(value: unknown): { message: string; name: string | undefined } | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { Type, TopicArn, Message: message, MessageAttributes: attributes } = value as Record<string, unknown>
  if (Type !== 'Notification' || typeof TopicArn !== 'string' || typeof message !== 'string') return undefined
  const named = (attributes as Record<string, { Value?: unknown }> | undefined)?.[jobNameName]?.Value
  return { message, name: typeof named === 'string' ? named : undefined }
}

const nameIn = (attributes: Attributes | undefined): string | undefined => attributes?.[jobNameName]?.StringValue

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}
