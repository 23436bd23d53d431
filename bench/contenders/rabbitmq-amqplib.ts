import type { ConsumeMessage } from 'amqplib'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { openQueue } from './rabbitmq.ts'
import { produceElsewhere } from './store.ts'

/** A consumer as amqplib's own examples have it: every message is acknowledged by itself when its work is done, or so many together. */
const given = input({ enqueueTo: '', jobs: 100_000, prefetch: 1_000, asOurs: false, ackEvery: 1 })
const { jobs, prefetch, asOurs, ackEvery } = given
const queue = given.enqueueTo === '' ? `bench-amqplib-${process.pid}` : given.enqueueTo

async function enqueue(): Promise<void> {
  const { model, addMany } = await openQueue(queue, { asOurs })
  const pad = 'x'.repeat(180)
  for (let n = 0; n < jobs; n += 1_000) {
    await addMany(Array.from({ length: Math.min(1_000, jobs - n) }, (_, i) => ({ n: n + i, pad })))
  }
  await model.close()
}

async function work(): Promise<void> {
  produceElsewhere(given, queue)
  const measured = measureWork('', jobs)
  const { model, channel } = await openQueue(queue, { asOurs })
  const all = Promise.withResolvers<void>()
  let ran = 0
  const job = async (text: string) => JSON.parse(text) as unknown
  const take = async (message: ConsumeMessage) => {
    await job(message.content.toString())
    if (++ran % ackEvery === 0 || ran === jobs) channel.ack(message, ackEvery > 1)
    if (ran === 1) measured.ran()
    if (ran === jobs) all.resolve()
  }
  await channel.prefetch(prefetch)
  await channel.consume(queue, (message) => void (message !== null && take(message)))
  await all.promise
  // An acknowledgement has no reply; a question behind them all has.
  await channel.checkQueue(queue)
  measured.settled()
  await channel.deleteQueue(queue)
  await model.close()
}

if (given.enqueueTo !== '') await enqueue()
else await work()
