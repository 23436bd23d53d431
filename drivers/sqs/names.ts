import { FiberWorkError } from '../../src/contract/index.ts'

/**
 * Names of queues in SQS are 1 to 80 of A–Z a–z 0–9 _ -, and those of FIFO queues end with `.fifo`. Ours are their own names there;
 * a character that SQS does not take becomes `-x2e-`, its code point in hexadecimal, and a `-` that would be read as the begin of
 * such a thing becomes `-x2d-`. So two names are never one, and each can be read back.
 */

const lengthMax = 80
const fifoEnd = '.fifo'
const refused = /[^A-Za-z0-9_-]|-(?=x[0-9a-f]+(?:-|[^A-Za-z0-9_-]))/gu
const escaped = /-x([0-9a-f]+)-/g

export const isFifo = (name: string): boolean => name.endsWith(fifoEnd) && name.length > fifoEnd.length

/** @throws FW_NAME_INVALID */
export function toSqsName(prefix: string, queue: string): string {
  const end = isFifo(queue) ? fifoEnd : ''
  const stem = queue.slice(0, queue.length - end.length)
  const name = prefix + stem.replace(refused, (char) => `-x${char.codePointAt(0)!.toString(16)}-`) + end
  if (stem === '') throw new FiberWorkError('FW_NAME_INVALID', 'A queue needs a name.')
  if (name.length <= lengthMax) return name
  const says = `The queue "${queue.slice(0, 100)}" would be called "${name.slice(0, 100)}" in SQS, which takes ${lengthMax} characters`
  throw new FiberWorkError(
    'FW_NAME_INVALID',
    `${says}: it has ${name.length}. Shorten it, or map it by the option queues.`,
  )
}

/** Undefined for a queue that is not below the prefix. */
export function fromSqsName(prefix: string, name: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined
  const end = isFifo(name) ? fifoEnd : ''
  const stem = name.slice(prefix.length, name.length - end.length)
  return stem.replace(escaped, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))) + end
}

/** Where the dead of a queue lie that has no redrive policy: `orders-dead`, `orders-dead.fifo`. */
export function deadNameOf(sqsName: string): string {
  const end = isFifo(sqsName) ? fifoEnd : ''
  return `${sqsName.slice(0, sqsName.length - end.length)}-dead${end}`
}
