import { randomUUID } from 'node:crypto'
import PQueue from 'p-queue'
import * as z from 'zod'
import { input, report, stopwatch } from './input.ts'

// `checked`: the same service around it as ours gives by default: an id, input checked and written as JSON when it is added,
// read and checked again when it runs, a timeout and a result that can be asked for.
const { jobs, concurrency, checked } = input({ jobs: 200_000, concurrency: 1_000, checked: false })
const schema = z.object({ n: z.number() })
const results = new Map<string, unknown>()
let ran = 0
const queue = new PQueue(
  checked ? { concurrency, autoStart: false, timeout: 300_000 } : { concurrency, autoStart: false },
)
const work = async () => void ran++

function add(n: number): void {
  if (!checked) {
    void queue.add(work)
    return
  }
  const id = randomUUID()
  const body = JSON.stringify(schema.parse({ n }))
  void queue.add(async () => {
    schema.parse(JSON.parse(body))
    results.set(id, await work())
  })
}

const whole = stopwatch()
for (let n = 0; n < jobs; n++) add(n)
const working = stopwatch()
queue.start()
await queue.onIdle()
const workedPerSecond = (jobs / working.wallMs()) * 1_000
report({
  workedPerSecond,
  jobsPerSecond: (jobs / whole.wallMs()) * 1_000,
  cpuUs: (whole.cpuMs() / jobs) * 1_000,
  missed: jobs - ran,
})
