import { type SendSpan, type Sending, tracing } from '../base/tracing.ts'
import type { AnyDefinition } from '../job/definition.ts'
import type { EnqueueOptions } from '../job/options.ts'
import { peekFiber } from '../sandbox/storage.ts'

/** The span of an enqueue; undefined where nobody traces. */
export function sendSpan(
  operation: Sending['operation'],
  { queue, name }: AnyDefinition,
  options: EnqueueOptions | undefined,
  count?: number,
): SendSpan | undefined {
  if (tracing.now === undefined) return undefined
  const by = peekFiber()?.trace
  const sending = { operation, queue: queue.name, name, headers: options?.headers, by }
  return tracing.now.send(count === undefined ? sending : { ...sending, count })
}

/** Ends the span with what comes of it. */
export async function spanned<T>(
  span: SendSpan,
  run: () => Promise<T>,
  outcomeOf: (answer: T) => string | undefined,
): Promise<T> {
  try {
    const answer = await span.within(run)
    span.end(outcomeOf(answer))
    return answer
  } catch (error) {
    span.end(undefined, error)
    throw error
  }
}
