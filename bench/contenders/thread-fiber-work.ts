import { connect } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'
import { watchLoad } from './load.ts'
import { inThread, onLoop, waiting } from './thread-jobs.ts'

// CPU-bound jobs in the lane, on the loop, or not at all, beside a thousand that wait: who waits for whom?

const { jobs, threads, lane, beside } = input({ jobs: 400, threads: 1, lane: 'thread', beside: 20_000 })
const computing = lane === 'loop' ? onLoop : inThread
const client = await connect('memory:')
await client.enqueueMany(waiting, Array<undefined>(beside).fill(undefined))
const texts = Array.from({ length: lane === 'none' ? 0 : jobs }, (_, number) => `${number}`)
await client.enqueueMany(computing, texts)
const others = await client.work([waiting], { concurrency: 1_000 })
const worker = await client.work([computing], { threads })
const load = watchLoad()
const watch = stopwatch()
await worker.idle()
const wallS = watch.wallMs() / 1_000
if (lane === 'none') await others.idle()
report({ jobsPerSecond: texts.length / wallS, ...load() })
await client.close()
