import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'

/** The broker of the bench, and how a bare amqplib uses it: a durable queue, persistent messages, publisher confirms. */
export function openBroker() {
  const url = (process.env['AMQP_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672').replace(/\/$/, '')
  return {
    url,
    async channel(): Promise<{ model: ChannelModel; channel: ConfirmChannel }> {
      const model = await connect(url, { noDelay: true })
      return { model, channel: await model.createConfirmChannel() }
    },
  }
}

/** A queue for one run. */
export async function openQueue(queue: string, maxPriority = 0) {
  const { model, channel } = await openBroker().channel()
  await channel.assertQueue(queue, { durable: true, ...(maxPriority > 0 && { maxPriority }) })
  const add = (data: unknown) =>
    new Promise<void>((resolve, reject) => {
      const content = Buffer.from(JSON.stringify(data))
      const done = (error: Error | null) => (error === null ? resolve() : reject(error))
      channel.sendToQueue(queue, content, { persistent: true, mandatory: true }, done)
    })
  return { model, channel, add, addMany: (all: unknown[]) => Promise.all(all.map(add)) }
}
