import { Redis } from 'ioredis'
import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input, report } from './input.ts'

// A queue with a long backlog is emptied, or its delayed jobs are all made ready, while somebody else asks the server for PONG.
const given = input({ redis: '', jobs: 1_500_000, groups: 0, unique: false, act: 'purge', chunk: 50_000 })
const { jobs, groups, chunk } = given
const pad = 'x'.repeat(180)
const noop = defineJob(
  'noop',
  {
    input: z.object({ n: z.number(), pad: z.string() }),
    queue: 'backlog',
    ...(groups > 0 && { group: ({ n }: { n: number }) => `tenant-${n % groups}` }),
    ...(given.unique && { unique: ({ n }: { n: number }) => `order:${n}` }),
  },
  () => {},
)

const client = await connect(given.redis)
const delay = given.act === 'retry' ? { delayMs: 3_600_000 } : {}
for (let from = 0; from < jobs; from += chunk) {
  const length = Math.min(chunk, jobs - from)
  await client.enqueueMany(
    noop,
    Array.from({ length }, (_, i) => ({ n: from + i, pad })),
    delay,
  )
}

const watcher = new Redis(given.redis)
await watcher.ping()
let over = false
let silentMs = 0
const watched = (async () => {
  while (!over) {
    const askedMs = performance.now()
    await watcher.ping()
    silentMs = Math.max(silentMs, performance.now() - askedMs)
  }
})()

async function retryAll(): Promise<number> {
  let retried = 0
  for (let cursor: string | undefined; ;) {
    const page = await client.list({ queue: 'backlog' }, { limit: 500, ...(cursor !== undefined && { cursor }) })
    await client.retry(page.jobs.map(({ job }) => job.id))
    retried += page.jobs.length
    cursor = page.cursor
    if (cursor === undefined) return retried
  }
}

const startedMs = performance.now()
const count = given.act === 'retry' ? await retryAll() : await client.purge('backlog', ['ready'])
const actedMs = performance.now() - startedMs
over = true
await watched
watcher.disconnect()
const [depth] = await client.depth(['backlog'])
report({
  silentMs,
  jobsPerSecond: (count / actedMs) * 1_000,
  missed: given.act === 'retry' ? jobs - depth!.ready : depth!.ready,
})
await client.close()
