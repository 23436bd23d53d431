import { bullmqSettings, connector, openQueue } from './bullmq.ts'
import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'

const given = input({ redis: '', ...enqueueDefaults, ...bullmqSettings })
const queue = openQueue(await connector(given.redis, given), given)
await measureEnqueue(given.redis, given, {
  bulk: (inputs) => queue.addBulk(inputs.map((data) => ({ name: 'noop', data }))),
  single: (data) => queue.add('noop', data),
})
process.exit()
