import PQueue from 'p-queue'
import { input, report, stopwatch } from './input.ts'

const { jobs, concurrency } = input({ jobs: 200_000, concurrency: 1_000 })
let ran = 0
const queue = new PQueue({ concurrency, autoStart: false })
const watch = stopwatch()
for (let n = 0; n < jobs; n++) void queue.add(async () => void ran++)
const work = stopwatch()
queue.start()
await queue.onIdle()
report({
  workedPerSecond: (jobs / work.wallMs()) * 1_000,
  jobsPerSecond: (jobs / watch.wallMs()) * 1_000,
  cpuUs: (watch.cpuMs() / jobs) * 1_000,
  missed: jobs - ran,
})
