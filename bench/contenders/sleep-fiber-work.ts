import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connect, defineJob } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'
import { watchLoad } from './load.ts'

const { jobs, concurrency, sleepMs } = input({ jobs: 30_000, concurrency: 10_000, sleepMs: 1_000 })
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const sleepy = defineJob('sleepy', {}, () => new Promise((resolve) => setTimeout(resolve, sleepMs)))
const client = await connect('memory:')
await client.enqueueMany(sleepy, Array<undefined>(jobs).fill(undefined))
const load = watchLoad()
const watch = stopwatch()
const worker = await client.work([sleepy], { concurrency })
await worker.idle()
const wallS = watch.wallMs() / 1_000
const cpuS = watch.cpuMs() / 1_000
const late = load()

// Once more, only to weigh them: heap with 10,000 waiting against heap with none, the sleeping promise and timer included.
gc()
const before = process.memoryUsage().heapUsed
const held = Promise.withResolvers<void>()
const waiting = defineJob('waiting', { queue: 'weigh' }, () => held.promise)
const weigher = await client.work([waiting], { concurrency })
await client.enqueueMany(waiting, Array<undefined>(concurrency).fill(undefined))
while (weigher.running < concurrency) await new Promise((resolve) => setTimeout(resolve, 5))
gc()
const heapPerFiberBytes = (process.memoryUsage().heapUsed - before) / concurrency
held.resolve()
report({ wallS, cpuS, ...late, heapPerFiberBytes })
await client.close()
