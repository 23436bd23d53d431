import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, defineJob, Http, unchecked } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'
import { percentile, watchLoad } from './load.ts'

const given = input({
  jobs: 30_000,
  concurrency: 10_000,
  origins: [] as string[],
  latencyMs: 1_000,
  store: 'sqlite',
  enqueueTo: '',
})
const { jobs, concurrency, origins, latencyMs, store, enqueueTo } = given
const over: number[] = []
let failed = 0
const get = defineJob('get', { input: unchecked<{ url: string }>(), attempts: 1 }, async ({ url }) => {
  const started = performance.now()
  try {
    const response = await Http.get(url)
    await response.text()
    if (!response.ok) failed++
  } catch {
    failed++
  }
  over.push(performance.now() - started - latencyMs)
})

async function enqueue(url: string): Promise<void> {
  const client = await connect(url)
  await client.enqueueMany(
    get,
    Array.from({ length: jobs }, (_, n) => ({ url: `${origins[n % origins.length]}/${n}` })),
  )
  if (store !== 'memory') return client.close()
  return work(client)
}

async function work(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const load = watchLoad()
  const watch = stopwatch()
  const worker = await client.work([get], { concurrency })
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
}

if (enqueueTo !== '') {
  await enqueue(enqueueTo)
} else if (store === 'memory') {
  await enqueue('memory:')
} else {
  // The producer is another process, as it is in life: what it needed is not the worker's memory.
  const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
  const url = `sqlite:${join(folder, 'jobs.db')}`
  execFileSync(process.execPath, [process.argv[1]!, JSON.stringify({ ...given, enqueueTo: url })])
  await work(await connect(url))
  rmSync(folder, { recursive: true })
}
