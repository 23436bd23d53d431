import { sleep } from '../../src/base/env.ts'
import { FiberWorkError } from '../../src/contract/index.ts'
import { toFiberWorkError } from './errors.ts'
import type { Link } from './link.ts'

/** What became of one entry that SQS did not take. */
export interface Failure {
  code: string
  message: string
  /** SQS will not take it another time either. */
  final: boolean
  /** Why the whole request failed; the SDK has tried it three times. */
  cause?: unknown
}

/** What SQS answers to a batch. */
interface BatchAnswer {
  Failed?: { Id?: string; Code?: string; Message?: string; SenderFault?: boolean }[]
}

export interface Sending<Item> {
  /** Where requests have a limit of size. */
  bytesOf?: (item: Item) => number
  entryOf: (item: Item) => object
  /** The command for these entries. */
  command: (Entries: never[]) => unknown
}

/** What SQS takes in one request. */
const entriesMax = 10
const roundsMax = 4
const pauseMs = 50

/** Cuts into batches of ten, and of so many bytes in all. */
export function cut<Item>(items: readonly Item[], bytesOf: (item: Item) => number, bytesMax: number): Item[][] {
  const batches: Item[][] = []
  let batch: Item[] = []
  let bytes = 0
  for (const item of items) {
    const more = bytesOf(item)
    if (batch.length === entriesMax || (batch.length > 0 && bytes + more > bytesMax)) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += more
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}

/**
 * Sends all items, many batches at once, and those entries again that failed by no fault of their own. Answers one failure or undefined
 * an item; it never throws.
 */
export async function sendAll<Item>(
  link: Link,
  items: readonly Item[],
  sending: Sending<Item>,
): Promise<(Failure | undefined)[]> {
  const { env, requestBytesMax } = link.settings
  const bytesOf = (index: number): number => sending.bytesOf?.(items[index]!) ?? 0
  const answers: (Failure | undefined)[] = items.map(() => undefined)
  let waiting = items.map((_, index) => index)
  for (let round = 1; waiting.length > 0; round++) {
    const batches = cut(waiting, bytesOf, requestBytesMax)
    await Promise.all(batches.map((batch) => sendOne(link, batch, items, sending, answers)))
    waiting = waiting.filter((index) => answers[index]?.final === false && answers[index].cause === undefined)
    if (round === roundsMax) break
    if (waiting.length > 0) await sleep(env, pauseMs * 2 ** (round - 1) * (0.5 + env.random()))
  }
  return answers
}

async function sendOne<Item>(
  link: Link,
  batch: readonly number[],
  items: readonly Item[],
  { entryOf, command }: Sending<Item>,
  answers: (Failure | undefined)[],
): Promise<void> {
  const entries = batch.map((index) => ({ ...entryOf(items[index]!), Id: String(index) }))
  try {
    const { Failed = [] } = await link.send<BatchAnswer>(command(entries as never[]))
    for (const index of batch) answers[index] = undefined
    for (const { Id, Code = 'Unknown', Message = Code, SenderFault = false } of Failed) {
      answers[Number(Id)] = { code: Code, message: Message, final: SenderFault }
    }
  } catch (cause) {
    const { message, retryable } = toFiberWorkError(cause, link.settings.place)
    for (const index of batch) answers[index] = { code: 'RequestFailed', message, final: !retryable, cause }
  }
}

/** What a failure is to the core. */
export function errorOf({ code, message, final, cause }: Failure, place: string): FiberWorkError {
  if (cause !== undefined) return toFiberWorkError(cause, place)
  return new FiberWorkError('FW_STORE_FAILED', `${place}: ${message} (${code})`, { retryable: !final })
}
