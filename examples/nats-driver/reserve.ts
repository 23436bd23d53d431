import type { Msg } from '@nats-io/transport-node'
import type { Reservation, Reserved, Want } from 'fiber-work/driver'
import { jobOf, metaOf } from './job.ts'
import type { Link } from './link.ts'
import { deliveryOf, type Loan } from './loans.ts'
import type { Presence } from './presence.ts'
import { pull } from './pull.ts'
import { forget, parkFor, put, remove } from './write.ts'

const parkMsMax = 86_400_000

/** What is there; if that is nothing, the first that comes, and what came with it. */
export async function reserve(presence: Presence, want: Want): Promise<Reserved> {
  const reserved = { loans: [] as Loan[] }
  await takeAll(presence, want, reserved)
  if (reserved.loans.length === 0 && want.waitMs > 0 && want.limit > 0) {
    await wait(presence, want, reserved)
    if (reserved.loans.length > 0) await takeAll(presence, want, reserved)
  }
  if (presence.ending.signal.aborted) {
    await presence.giveBack(reserved.loans)
    return { jobs: [], broken: [] }
  }
  const nowMs = presence.env.nowMs()
  return { jobs: reserved.loans.map((loan) => reservationOf(loan, nowMs)), broken: [] }
}

async function takeAll(presence: Presence, { demand, limit }: Want, found: { loans: Loan[] }): Promise<void> {
  const { link, ending } = presence
  for (const { queue, limit: ofQueue } of demand) {
    const before = found.loans.length
    for (;;) {
      const batch = Math.min(ofQueue - (found.loans.length - before), limit - found.loans.length)
      if (batch <= 0 || ending.signal.aborted) break
      const messages = await pull(link, await link.consumer(queue), { batch, waitMs: 0, signal: ending.signal })
      const { loans, anew } = await sift(presence, messages)
      found.loans.push(...loans)
      // What was written anew stands behind all others now, and is asked for once more.
      if (messages.length < batch && !anew && !(await lagsBehind(link, queue))) break
    }
  }
}

/**
 * A consumer hears of a message a moment after the stream has confirmed it, and may answer "none" until then: whoever has just
 * enqueued would not find it.
 */
async function lagsBehind(link: Link, queue: string): Promise<boolean> {
  return (await link.counts(queue)).pending > 0
}

/** Asks all queues at once for one, until one of them has it; what others have sent meanwhile is kept as well. */
async function wait(presence: Presence, { demand, waitMs, signal }: Want, found: { loans: Loan[] }): Promise<void> {
  const { link, ending, env } = presence
  const untilMs = env.nowMs() + waitMs
  const enough = new AbortController()
  const stop = AbortSignal.any([signal, ending.signal, enough.signal])
  const waitAt = async (queue: string) => {
    const consumer = await link.consumer(queue)
    while (!stop.aborted) {
      const leftMs = untilMs - env.nowMs()
      if (leftMs <= 0) break
      const messages = await pull(link, consumer, { batch: 1, waitMs: leftMs, signal: stop })
      const { loans } = await sift(presence, messages)
      found.loans.push(...loans)
      if (loans.length > 0) enough.abort()
    }
  }
  const ends = await Promise.allSettled(demand.filter(({ limit }) => limit > 0).map(({ queue }) => waitAt(queue)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined && found.loans.length === 0) throw failed.reason
}

/** Those that may run now. Others are parked, or written anew. */
async function sift(presence: Presence, messages: Msg[]): Promise<{ loans: Loan[]; anew: boolean }> {
  const sifted = await Promise.all(messages.map((message) => siftOne(presence, message)))
  return {
    loans: sifted.filter((each) => typeof each === 'object'),
    anew: sifted.includes('anew'),
  }
}

async function siftOne(presence: Presence, message: Msg): Promise<Loan | 'anew' | 'away'> {
  const { env, parked } = presence
  const { seq, times } = deliveryOf(message)
  const meta = metaOf(message.headers)
  if (meta === undefined) return putAway(presence, message, seq)
  // Not `string()`: that leaves a byte order mark out.
  const body = Buffer.from(message.data).toString()
  const nowMs = env.nowMs()
  const { dueAtMs, ...ready } = meta
  if (dueAtMs !== undefined && dueAtMs > nowMs) {
    parkFor(presence.link, message, Math.min(dueAtMs - nowMs, parkMsMax))
    parked.set(seq, { queue: meta.queue, dueAtMs })
    return 'away'
  }
  if (dueAtMs === undefined && times === 1) return presence.loans.add({ message, seq, meta, body })
  // Due, or given out before and not settled: a new message, which no receipt of before is good for.
  parked.delete(seq)
  const crash = dueAtMs === undefined && { crashes: meta.crashes + 1, readyAtMs: nowMs }
  await put(presence.link, { ...ready, ...crash }, body, seq, false)
  forget(presence.link, message)
  return 'anew'
}

/** Somebody has published where only drivers write. */
async function putAway({ link }: Presence, message: Msg, seq: number): Promise<'away'> {
  await link.js.publish(`${link.place.prefix}.dead.foreign.${seq}`, message.data)
  await remove(link, seq)
  return 'away'
}

function reservationOf({ receipt, meta, body }: Loan, nowMs: number): Reservation {
  const { attempts, crashes, enqueuedAtMs, readyAtMs } = meta
  const waitedMs = Math.max(0, nowMs - readyAtMs)
  return { receipt, job: jobOf(meta, body), attempts: attempts + 1, crashes, enqueuedAtMs, waitedMs }
}
