import { createInbox, type Msg, nanos, TimeoutError } from '@nats-io/transport-node'
import type { Link } from './link.ts'

const noMessages = 404
const timedOut = 408

interface Pull {
  batch: number
  /** 0: only what is there. Else one message at most: a request for one that was answered leaves nothing behind at the server. */
  waitMs: number
  signal: AbortSignal
}

/**
 * Asks a pull consumer. An abort ends the asking and loses nothing: the subscription is drained, so that what the server has sent
 * until it heard of it is in the answer, and it sends no more.
 */
export async function pull(link: Link, consumer: string, { batch, waitMs, signal }: Pull): Promise<Msg[]> {
  const { nc, place } = link
  const got: Msg[] = []
  const answer = Promise.withResolvers<void>()
  const most = waitMs > 0 ? 1 : batch
  const inbox = createInbox()
  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      if (error !== null) return answer.reject(error)
      const status = message.headers?.code ?? 0
      if (status === noMessages || status === timedOut) return answer.resolve()
      if (status >= 400) return answer.reject(new Error(`${status} ${message.headers!.description}`))
      got.push(message)
      if (got.length === most) answer.resolve()
    },
  })
  const request = waitMs > 0 ? { batch: 1, expires: nanos(waitMs) } : { batch, no_wait: true }
  const stop = () => answer.resolve()
  const timer = setTimeout(() => answer.reject(new TimeoutError()), waitMs + 5_000)
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted && waitMs > 0) return []
    nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${place.prefix}.${consumer}`, JSON.stringify(request), { reply: inbox })
    await answer.promise
  } catch (error) {
    if (got.length === 0) throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    await subscription.drain().catch(() => {})
  }
  return got
}
