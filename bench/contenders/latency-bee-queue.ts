import { beeSettings, openBee } from './bee-queue.ts'
import { input } from './input.ts'
import { Latency, latencyDefaults } from './measure-latency.ts'

const given = input({ redis: '', ...latencyDefaults, ...beeSettings })
const latency = new Latency(given)
const queue = openBee(given.redis, true, given)
queue.process(given.concurrency, async (job: { data: { n: number } }) => latency.ran(job.data.n))
const producer = openBee(given.redis, false, given)
await Promise.all([queue.ready(), producer.ready()])
await latency.measure((n) => producer.createJob({ n }).save())
process.exit()
