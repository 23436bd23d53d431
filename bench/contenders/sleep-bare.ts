import { input, report, stopwatch } from './input.ts'
import { watchLoad } from './load.ts'

const { jobs, concurrency, sleepMs } = input({ jobs: 30_000, concurrency: 10_000, sleepMs: 1_000 })
const load = watchLoad()
const watch = stopwatch()
let next = 0
async function loop(): Promise<void> {
  while (next++ < jobs) await new Promise((resolve) => setTimeout(resolve, sleepMs))
}
await Promise.all(Array.from({ length: concurrency }, loop))
report({ wallS: watch.wallMs() / 1_000, cpuS: watch.cpuMs() / 1_000, ...load() })
