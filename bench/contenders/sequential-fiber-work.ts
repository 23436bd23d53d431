import { connect, defineJob, Http, unchecked } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'

const { jobs, origins } = input({ jobs: 10_000, origins: [] as string[] })
const get = defineJob('get', { input: unchecked<string>() }, async (url) => void (await (await Http.get(url)).text()))
const client = await connect('memory:')
await client.enqueueMany(
  get,
  Array.from({ length: jobs }, (_, n) => `${origins[n % origins.length]}/${n}`),
)
const watch = stopwatch()
const worker = await client.work([get])
await worker.idle()
report({ jobsPerSecond: (jobs / watch.wallMs()) * 1_000 })
await client.close()
