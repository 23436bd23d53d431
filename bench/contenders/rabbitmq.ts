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

/** What one of our messages says besides its body. */
const said = (n: number) => ({
  messageId: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  type: 'noop-0',
  appId: `fiber-work/${Date.now()}`,
  priority: 5,
})

/** A queue for one run; `asOurs`: with priorities, and messages that say as much as ours. */
export async function openQueue(queue: string, { asOurs = false } = {}) {
  const { model, channel } = await openBroker().channel()
  await channel.assertQueue(queue, { durable: true, ...(asOurs && { maxPriority: 9 }) })
  let count = 0
  const add = (data: unknown) =>
    new Promise<void>((resolve, reject) => {
      const content = Buffer.from(JSON.stringify(data))
      const done = (error: Error | null) => (error === null ? resolve() : reject(error))
      const options = { persistent: true, mandatory: true, ...(asOurs && said(count++)) }
      channel.sendToQueue(queue, content, options, done)
    })
  return { model, channel, add, addMany: (all: unknown[]) => Promise.all(all.map(add)) }
}
