import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'

// Jobs are enqueued and worked, sealed body, schema, sandbox, timeout and kept results included: what a user gets.
const { jobs } = input({ jobs: 200_000 })
let ran = 0
const noop = defineJob('noop', { input: z.object({ n: z.number() }) }, async () => void ran++)
const client = await connect('memory:')
const watch = stopwatch()
await client.enqueueMany(
  noop,
  Array.from({ length: jobs }, (_, n) => ({ n })),
)
const work = stopwatch()
const worker = await client.work([noop])
await worker.idle()
report({
  workedPerSecond: (jobs / work.wallMs()) * 1_000,
  jobsPerSecond: (jobs / watch.wallMs()) * 1_000,
  cpuUs: (watch.cpuMs() / jobs) * 1_000,
  missed: jobs - ran,
})
await client.close()
