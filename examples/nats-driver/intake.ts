import { seal, sleep } from 'fiber-work/driver'
import type { JsMsg } from '@nats-io/jetstream'
import { metaFor } from './job.ts'
import type { Presence } from './presence.ts'
import { put } from './write.ts'

/**
 * Makes jobs of plain messages, until the session ends: `nats pub fiber.in.send-webhook '{"url":"…"}'`. The subject names the job,
 * the header `Queue` its queue, the body is the input as JSON. What is no JSON goes to the dead letters.
 */
export async function takeIn(presence: Presence): Promise<void> {
  const { link, ending, env } = presence
  const { signal } = ending
  while (!signal.aborted) {
    try {
      const consumer = await link.js.consumers.get(link.inbox, await link.intake())
      const messages = await consumer.consume({ max_messages: 100 })
      signal.addEventListener('abort', () => messages.stop(), { once: true })
      if (signal.aborted) messages.stop()
      for await (const message of messages) {
        await takeOne(presence, message)
        // Asked for an answer: until it is certain that the message is gone, it may come again, under the same id.
        await message.ackAck()
      }
    } catch {
      await sleep(env, 1_000, signal)
    }
  }
}

async function takeOne({ link, env }: Presence, message: JsMsg): Promise<void> {
  const { prefix } = link.place
  const text = message.string()
  if (!isJson(text)) {
    await link.js.publish(`${prefix}.dead.plain.${message.seq}`, message.data, { msgID: `${prefix}-in-${message.seq}` })
    return
  }
  const id = `nats-${message.seq}`
  const name = message.subject.slice(`${prefix}.in.`.length)
  const queue = message.headers?.get('Queue') || 'default'
  const job = { id, queue, name, priority: 5, body: seal(1, undefined, text) }
  await put(link, metaFor(job, env.nowMs(), id), job.body, 0, false)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
