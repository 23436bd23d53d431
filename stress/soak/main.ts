// `npm run soak [-- --jobs 1000000 --concurrency 10000]`: jobs in stages, on a store in memory, and after each stage what the process
// holds. It ends with 0 when the heap does not grow (2 bytes a job at most, by the upper end of a 95 % interval), no sandbox is alive,
// and handles and listeners are what they were.
import { parseArgs } from 'node:util'
import { on } from '../../src/base/emit.ts'
import { systemEnv } from '../../src/base/env.ts'
import { connect } from '../../src/connect/connect.ts'
import type { Isolation } from '../../src/contract/isolation.ts'
import { listenersOf } from '../../src/isolation/gauge.ts'
import { changesOf, standingHandles, TrialRun } from '../../src/isolation/trial.ts'
import type { Middleware } from '../../src/job/options.ts'
import { currentFiber } from '../../src/sandbox/storage.ts'
import { soakJobs } from './jobs.ts'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    concurrency: { type: 'string', default: '10000' },
    isolation: { type: 'string', default: 'sample' },
  },
})
const jobs = Number(values.jobs)
const concurrency = Number(values.concurrency)
const stages = 20
const slopeMax = 2
const workerTimers = 10
const rinse = 300

console.log(
  `${jobs.toLocaleString('en')} jobs, ${concurrency.toLocaleString('en')} at once, isolation ${values.isolation}:`,
)
const boot = await holdings()
const client = await connect('memory:')
const leaks: string[] = []
let zombies = 0
const off = [
  on('leak.suspected', ({ kind, definition }) => void leaks.push(`${kind} (${definition})`)),
  on('job.zombie', () => void zombies++),
]

const run = async (count: number): Promise<void> => {
  const share = Math.ceil(count / soakJobs.length)
  const inputs = Array<undefined>(1_000).fill(undefined)
  for (let n = 0; n < share; n += inputs.length) {
    for (const job of soakJobs) await client.enqueueMany(job, inputs.slice(0, share - n))
  }
  await worker.idle({ delayed: true })
  // The store remembers its newest answers, to repeat them: a batch of 500 or a single job each. Single ones weigh next to nothing.
  for (let n = 0; n < rinse; n++) await client.enqueue(soakJobs[0]!)
  await worker.idle()
}
const trialRun: TrialRun = new TrialRun({
  env: systemEnv,
  run,
  warmUp: Math.max(concurrency * 10, Math.ceil(jobs / 4)),
  stages,
  stageJobs: Math.ceil(jobs / stages),
  measured: (stage, bytes) => console.log(`  ${stage}/${stages}  ${(bytes / 2 ** 20).toFixed(3)} MiB`),
})
const follow: Middleware = async (_job, next) => {
  const fiber = currentFiber()
  try {
    return await next()
  } finally {
    if (fiber !== undefined) trialRun.ended(fiber)
  }
}
const options = { concurrency, isolation: values.isolation as Isolation, use: [follow] }
const worker = await client.work(soakJobs, options)
const startedMs = performance.now()
const { heap, sandboxes, handles, listeners } = await trialRun.measure()
const seconds = (performance.now() - startedMs) / 1_000
await worker.stop()
await client.close()
for (const end of off) end()

// A worker at rest has a few timers that come and go; against the boot set, when it has stopped, none may be left.
const during = [...handles, listeners].filter(({ before, after }) => after > before + workerTimers)
const grown = [...during, ...changesOf(boot, await holdings()).filter(({ before, after }) => after > before)]
const faults = [
  ...(heap.high <= slopeMax
    ? []
    : [`the heap may grow by ${heap.high.toFixed(2)} bytes a job; ${slopeMax} are allowed`]),
  ...(sandboxes.kept === 0 ? [] : [`${sandboxes.kept} sandboxes are alive`]),
  ...grown.map(({ what, before, after }) => `${what}: ${before} before, ${after} after`),
  ...leaks.map((leak) => `a leak was suspected where there is none: ${leak}`),
]
console.log(`
${jobs.toLocaleString('en')} jobs in ${seconds.toFixed(0)} s, Node ${process.version}
  heap       ${heap.slope.toFixed(3)} bytes a job, between ${heap.low.toFixed(3)} and ${heap.high.toFixed(3)} (95 %)
  sandboxes  ${sandboxes.kept} of ${sandboxes.followed} alive
  handles    ${grown.length === 0 ? 'and listeners at the boot set' : 'changed'}
  zombies    ${zombies}
${faults.length === 0 ? 'ok' : faults.map((fault) => `FAIL ${fault}`).join('\n')}`)

async function holdings(): Promise<Map<string, number>> {
  return new Map([...(await standingHandles(systemEnv)), ['listeners on process', listenersOf()]])
}
process.exitCode = faults.length === 0 ? 0 : 1
