import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { connect, defineJob, Http } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'
import { percentile, watchLoad } from './load.ts'

const { jobs, concurrency, origins, latencyMs, store, plainFetch } = input({
  jobs: 30_000,
  concurrency: 10_000,
  origins: [] as string[],
  latencyMs: 1_000,
  store: 'sqlite',
  plainFetch: false,
})
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
const over: number[] = []
let failed = 0
const get = defineJob('get', { input: z.object({ url: z.string() }), attempts: 1 }, async ({ url }) => {
  const started = performance.now()
  try {
    const response = plainFetch ? await fetch(url) : await Http.get(url)
    await response.text()
    if (!response.ok) failed++
  } catch {
    failed++
  }
  over.push(performance.now() - started - latencyMs)
})
const client = await connect(store === 'memory' ? 'memory:' : `sqlite:${join(folder, 'jobs.db')}`)
await client.enqueueMany(
  get,
  Array.from({ length: jobs }, (_, n) => ({ url: `${origins[n % origins.length]}/${n}` })),
)
const load = watchLoad()
const watch = stopwatch()
const worker = await client.work([get], { concurrency, ownProcess: plainFetch })
await worker.idle()
const wallS = watch.wallMs() / 1_000
report({
  wallS,
  cpuS: watch.cpuMs() / 1_000,
  overP50Ms: percentile(over, 0.5),
  overP99Ms: percentile(over, 0.99),
  ...load(),
  failed,
})
await client.close()
rmSync(folder, { recursive: true })
