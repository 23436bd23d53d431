import { Piscina } from 'piscina'
import { input, report, stopwatch } from './input.ts'
import { watchLoad } from './load.ts'

// The pool that the lane runs on, without a job around what it does.

const { jobs, threads } = input({ jobs: 400, threads: 1 })
const pool = new Piscina({
  filename: new URL('./thread-piscina-task.js', import.meta.url).href,
  minThreads: threads,
  maxThreads: threads,
})
await pool.run('warm')
const load = watchLoad()
const watch = stopwatch()
await Promise.all(Array.from({ length: jobs }, (_, number) => pool.run(`${number}`)))
report({ jobsPerSecond: jobs / (watch.wallMs() / 1_000), ...load() })
await pool.destroy()
