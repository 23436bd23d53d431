import type { Place } from '../store.ts'
import { openBroker } from '../rabbitmq.ts'

const queues = ['default', 'noop-0']
const rungs = Array.from({ length: 26 }, (_, i) => i + 6)

/** A prefix of its own on the broker of the bench. */
export async function open(): Promise<Place> {
  const { url } = openBroker()
  const prefix = `bench-${process.pid}`
  return {
    url: `${url}/?prefix=${prefix}`,
    async [Symbol.asyncDispose]() {
      const { model, channel } = await openBroker().channel()
      for (const queue of queues) {
        for (const name of [`${prefix}.${queue}`, `${prefix}/dead/${queue}`]) await channel.deleteQueue(name)
        for (const rung of rungs) await channel.deleteQueue(`${prefix}/delay-${rung}/${queue}`)
      }
      await model.close()
    },
  }
}
