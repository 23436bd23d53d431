import { bullmqSettings, connector, openQueue, openWorkers } from './bullmq.ts'
import { input } from './input.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'

const given = input({ redis: '', ...latencyDefaults, ...bullmqSettings })
const latency = new Latency(given)
const connect = await connector(given.redis, given)
const workers = openWorkers(connect, given, async ({ n }: { n: number }) => latency.ran(n))
await Promise.all(workers.map((worker) => worker.waitUntilReady()))
const queue = openQueue(connect, given)
await queue.waitUntilReady()
await latency.measure((n) => queue.add('noop', { n }))
process.exit()
