import type { Added, StoredJob } from '../../src/contract/index.ts'
import { errorOf, type Failure, sendAll } from './batches.ts'
import { isMissing, toFiberWorkError } from './errors.ts'
import { isTooLarge, type Letter, letterOf, refuseTooLarge } from './letter.ts'
import type { Link } from './link.ts'
import type { Queue, Queues } from './queues.ts'
import { refuseLate } from './fifo.ts'

interface Ports {
  link: Link
  queues: Queues
}

/**
 * Sends the jobs, queue by queue. SQS does not know ids: one that is twice in this call is sent once, and one that lies in a queue
 * already is sent again, except to a FIFO queue within five minutes. `parts` are the jobs that an earlier try of the call has sent.
 */
export async function enqueue(ports: Ports, jobs: StoredJob[], parts: Map<StoredJob, true>): Promise<Added[]> {
  const seen = new Set<string>()
  const added = jobs.map(({ id }): Added => {
    const outcome = seen.has(id) ? 'duplicate' : 'added'
    seen.add(id)
    return { outcome, id }
  })
  const fresh = jobs.filter((job, i) => added[i]!.outcome === 'added' && !parts.has(job))
  const byQueue = Map.groupBy(fresh, ({ queue }) => queue)
  const sent = await Promise.allSettled([...byQueue].map(([name, batch]) => sendTo(ports, name, batch, parts)))
  for (const settled of sent) if (settled.status === 'rejected') throw settled.reason
  return added
}

async function sendTo(ports: Ports, name: string, jobs: StoredJob[], parts: Map<StoredJob, true>): Promise<void> {
  const { link, queues } = ports
  const queue = await queues.get(name)
  const nowMs = link.settings.env.nowMs()
  const letters = await Promise.all(jobs.map((job) => letterFor(link, queue, job, nowMs)))
  for (const round of queue.fifo ? inLine(letters) : [letters.keys().toArray()]) {
    const failures = await send(
      link,
      queue,
      round.map((index) => letters[index]!),
    )
    for (const [i, failure] of failures.entries()) if (failure === undefined) parts.set(jobs[round[i]!]!, true)
    const failure = failures.find((one) => one !== undefined)
    if (failure === undefined) continue
    if (isMissing(failure.cause)) queues.forget(name)
    throw errorOf(failure, `${link.settings.place}: the queue "${name}"`)
  }
}

/** Sends letters to one queue. */
export function send(link: Link, queue: Queue, letters: Letter[]): Promise<(Failure | undefined)[]> {
  const { SendMessageBatchCommand } = link.sdk
  return sendAll(link, letters, {
    bytesOf: ({ bytes }) => bytes,
    entryOf: ({ entry }) => entry,
    command: (Entries) => new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }),
  })
}

/** A body that is too large for a message goes to the body store first, where there is one. */
async function letterFor(link: Link, queue: Queue, job: StoredJob, nowMs: number): Promise<Letter> {
  const { bodies, env, place, prefix } = link.settings
  refuseLate(queue, job, nowMs)
  const letter = letterOf(job, queue, nowMs)
  if (!isTooLarge(letter, queue) || bodies === undefined) {
    refuseTooLarge(letter, queue, job.id)
    return letter
  }
  const key = `${prefix}${queue.sqsName}/${env.id()}`
  await bodies.put(key, job.body).catch((error: unknown) => {
    throw toFiberWorkError(error, `${place}, its store for large bodies`)
  })
  const short = letterOf(job, queue, nowMs, key)
  refuseTooLarge(short, queue, job.id)
  return short
}

/**
 * The indexes in rounds, no two of one line in a round: what is sent in a batch may fail in part, and then what stood behind the failed
 * one would have overtaken it.
 */
function inLine(letters: Letter[]): number[][] {
  const rounds: number[][] = []
  const depths = new Map<string | undefined, number>()
  for (const [index, { entry }] of letters.entries()) {
    const depth = depths.get(entry.MessageGroupId) ?? 0
    depths.set(entry.MessageGroupId, depth + 1)
    ;(rounds[depth] ??= []).push(index)
  }
  return rounds
}
