import { request } from 'undici'
import { input, report, stopwatch } from './input.ts'

// A worker that does one job at a time, as many still are; fewer jobs, because it would take forever.
const { jobs, origins } = input({ jobs: 100, origins: [] as string[] })
const watch = stopwatch()
for (let n = 0; n < jobs; n++) await (await request(`${origins[n % origins.length]}/${n}`)).body.text()
report({ jobsPerSecond: (jobs / watch.wallMs()) * 1_000 })
process.exit()
