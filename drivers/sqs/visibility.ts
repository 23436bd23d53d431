import type { Failure } from './batches.ts'
import { errorOf, sendAll } from './batches.ts'
import { isStale } from './errors.ts'
import type { Link } from './link.ts'
import type { Held } from './loans.ts'
import { leaseSeconds } from './options.ts'

/** SQS ends every visibility timeout twelve hours after the receive. */
const holdSecondsMax = 43_200
/** What the way to SQS and back may have taken, when it is asked whether a message is still hidden. */
const marginMs = 250

/** Short visibility timeouts are extended before half of them is over: who does it looks once a second, and needs time for it. */
const soonMs = 1_800

/** The last moment to trust that a message is hidden from others. */
export const isSurelyHidden = ({ hiddenUntilMs }: Held, nowMs: number): boolean => nowMs < hiddenUntilMs - marginMs

/** How long a message may still be hidden from now on, in whole seconds. */
export const secondsLeft = ({ receivedAtMs }: Held, nowMs: number): number =>
  Math.max(0, Math.floor(holdSecondsMax - (nowMs - receivedAtMs) / 1_000) - 1)

/** Hides messages for so many seconds from now; 0 shows them at once. Answers a failure or undefined a message. */
export async function hide<H extends Held>(
  link: Link,
  held: readonly H[],
  secondsOf: (held: H) => number,
): Promise<(Failure | undefined)[]> {
  const answers = new Map<H, Failure | undefined>()
  const byQueue = [...Map.groupBy(held, ({ url }) => url)]
  await Promise.all(
    byQueue.map(async ([QueueUrl, batch]) => {
      const failures = await sendAll(link, batch, {
        entryOf: (one) => ({ ReceiptHandle: one.handle, VisibilityTimeout: secondsOf(one) }),
        command: (Entries) => new link.sdk.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }),
      })
      for (const [i, failure] of failures.entries()) answers.set(batch[i]!, failure)
    }),
  )
  return held.map((one) => answers.get(one))
}

/**
 * Keeps those hidden whose time is half over. Answers those that are lost: SQS says so, or they were held for as long as may be.
 * @throws what a request failed with, when all others have been extended
 */
export async function extend<H extends Held>(link: Link, all: readonly H[], nowMs: number): Promise<H[]> {
  const { leaseMs, holdMsMax, place } = link.settings
  const over = all.filter(({ receivedAtMs }) => nowMs - receivedAtMs >= holdMsMax)
  const withinMs = Math.max(leaseMs / 2, soonMs)
  const due = all.filter((held) => held.hiddenUntilMs - nowMs <= withinMs && nowMs - held.receivedAtMs < holdMsMax)
  if (due.length === 0) return over
  const seconds = leaseSeconds(link.settings)
  const failures = await hide(link, due, (held) => Math.min(seconds, secondsLeft(held, nowMs)))
  const lost = due.filter((held, i) => {
    const failure = failures[i]
    if (failure === undefined) held.hiddenUntilMs = nowMs + seconds * 1_000
    return failure !== undefined && isStale(failure.code, failure.message)
  })
  const failed = failures.find((failure) => failure !== undefined && !isStale(failure.code, failure.message))
  if (failed !== undefined && over.length + lost.length === 0) throw errorOf(failed, place)
  return [...over, ...lost]
}
