import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input } from './input.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'
import { storeOf } from './store.ts'

// Two clients in one process: the worker hears of the job from the store alone.
const given = input({ store: 'redis', redis: '', ...latencyDefaults })
const latency = new Latency(given)
const noop = defineJob('noop', { input: z.object({ n: z.number() }) }, async ({ n }) => latency.ran(n))
await using store = await storeOf(given)
await using client = await connect(store.url)
await using producer = await connect(store.url)
await client.work([noop])
await latency.measure((n) => producer.enqueue(noop, { n }))
