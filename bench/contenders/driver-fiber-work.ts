import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'
import { percentile } from './load.ts'
import { storeOf } from './store.ts'

// One driver, all that one asks of it first: enqueue in bulk, one by one, work and settle, and how late an idle worker hears of a job.
const given = input({
  store: 'redis',
  redis: '',
  jobs: 100_000,
  singles: 10_000,
  callers: 100,
  everyMs: 5,
  forMs: 5_000,
})
const { jobs, singles, callers, everyMs, forMs } = given
const pad = 'x'.repeat(180)
const shape = z.object({ n: z.number(), pad: z.string() })
let ran = 0
const allRan = Promise.withResolvers<void>()
const noop = defineJob('noop', { input: shape, queue: 'noop' }, async () => {
  if (++ran === jobs + singles) allRan.resolve()
})
const addedAtMs: number[] = []
const lateMs: number[] = []
const ping = defineJob('ping', { input: z.object({ n: z.number() }), queue: 'ping' }, async ({ n }) => {
  lateMs.push(performance.now() - addedAtMs[n]!)
})

await using store = await storeOf(given)
await using client = await connect(store.url)
const rate = (count: number, { wallMs }: { wallMs: () => number }): number => (count / wallMs()) * 1_000

const bulk = stopwatch()
await client.enqueueMany(
  noop,
  Array.from({ length: jobs }, (_, n) => ({ n, pad })),
)
const enqueuedPerSecond = rate(jobs, bulk)

const single = stopwatch()
let next = 0
const call = async () => {
  while (next < singles) await client.enqueue(noop, { n: next++, pad })
}
await Promise.all(Array.from({ length: callers }, call))
const singlesPerSecond = rate(singles, single)

const work = stopwatch()
const worker = await client.work([noop, ping])
await allRan.promise
for (;;) {
  const [depth] = await client.depth(['noop'])
  if (depth!.ready + depth!.delayed + depth!.running === 0) break
  await turn()
}
const workedPerSecond = rate(jobs + singles, work)
const cpuUs = (work.cpuMs() / (jobs + singles)) * 1_000

const pings = Math.floor(forMs / everyMs)
const startedAtMs = performance.now()
for (let n = 0; n < pings; n++) {
  await sleep(Math.max(0, startedAtMs + n * everyMs - performance.now()))
  addedAtMs[n] = performance.now()
  void client.enqueue(ping, { n })
}
while (lateMs.length < pings) await sleep(10)
const counted = lateMs.slice(Math.floor(pings / 10))
await worker.stop()
report({
  enqueuedPerSecond,
  singlesPerSecond,
  workedPerSecond,
  cpuUs,
  p50Ms: percentile(counted, 0.5),
  p99Ms: percentile(counted, 0.99),
  rssPeakMb: process.resourceUsage().maxRSS / 1_024,
})
