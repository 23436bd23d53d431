import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'
import { storeOf } from './store.ts'

const given = input({ store: 'redis', parameters: '', redis: '', ...enqueueDefaults })
const noop = defineJob('noop', { input: z.object({ n: z.number(), pad: z.string() }) })
await using store = await storeOf(given)
await using client = await connect(store.url)
await measureEnqueue(store.url, given, {
  bulk: (inputs) => client.enqueueMany(noop, inputs),
  single: (one) => client.enqueue(noop, one),
})
