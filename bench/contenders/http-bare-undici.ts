import { Agent, request } from 'undici'
import { input, report, stopwatch } from './input.ts'
import { percentile, watchLoad } from './load.ts'

// A pool as people write it: as many loops as jobs at once, each taking the next.
const { jobs, concurrency, origins, latencyMs, connections } = input({
  jobs: 30_000,
  concurrency: 10_000,
  origins: [] as string[],
  latencyMs: 1_000,
  connections: 0,
})
const dispatcher = new Agent(connections > 0 ? { connections } : {})
const over: number[] = []
let failed = 0
let next = 0
const load = watchLoad()
const watch = stopwatch()
async function loop(): Promise<void> {
  while (next < jobs) {
    const n = next++
    const started = performance.now()
    try {
      const { body } = await request(`${origins[n % origins.length]}/${n}`, { dispatcher })
      await body.text()
    } catch {
      failed++
    }
    over.push(performance.now() - started - latencyMs)
  }
}
await Promise.all(Array.from({ length: concurrency }, loop))
const wallS = watch.wallMs() / 1_000
report({
  wallS,
  cpuS: watch.cpuMs() / 1_000,
  overP50Ms: percentile(over, 0.5),
  overP99Ms: percentile(over, 0.99),
  ...load(),
  failed,
})
process.exit()
