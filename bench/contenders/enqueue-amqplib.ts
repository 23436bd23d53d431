import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'
import { openQueue } from './rabbitmq.ts'

const given = input({ ...enqueueDefaults, asOurs: false })
const queue = `bench-amqplib-${process.pid}`
const { model, channel, add, addMany } = await openQueue(queue, given)
await measureEnqueue('', given, { bulk: addMany, single: add })
await channel.deleteQueue(queue)
await model.close()
