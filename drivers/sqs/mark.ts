import type { MessageAttributeValue } from '@aws-sdk/client-sqs'
import { toFitJson } from './text.ts'

/** The message attribute that makes a message one of ours. Foreign producers need not write it. */
export const markName = 'fiber-work'
/** By this attribute a foreign producer says which job is meant. */
export const jobNameName = 'fiber-work-name'

/** What SQS has no word for: JSON in one message attribute. */
export interface Mark {
  id: string
  /** Absent in a copy of a foreign message. */
  name?: string
  priority?: number
  group?: string
  tags?: string[]
  headers?: [string, string][]
  /** When it is due, by the wall clock. */
  dueAtMs?: number
  /** Of a copy: attempts begun before, and when the first one of them all was sent. */
  attempts?: number
  sentAtMs?: number
  /** The body is a JSON string, because SQS does not take its characters. */
  escaped?: true
  /** The body lies in the body store under this key. */
  bodyKey?: string
}

export type Attributes = Record<string, MessageAttributeValue>

export const textAttribute = (text: string): MessageAttributeValue => ({ DataType: 'String', StringValue: text })

export const markAttribute = (mark: Mark): MessageAttributeValue => textAttribute(toFitJson(mark))

/** Undefined where there is none, or none that can be read. */
export function markOf(attributes: Attributes | undefined): Mark | undefined {
  const text = attributes?.[markName]?.StringValue
  if (text === undefined) return undefined
  try {
    const mark = JSON.parse(text) as Mark
    return typeof mark === 'object' && mark !== null && typeof mark.id === 'string' ? mark : undefined
  } catch {
    return undefined
  }
}
