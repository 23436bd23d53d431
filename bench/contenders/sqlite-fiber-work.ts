import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { connect, defineJob } from '../../src/index.ts'
import { input, report, stopwatch } from './input.ts'

const { jobs, durability } = input({ jobs: 100_000, durability: 'normal' })
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
let ran = 0
const noop = defineJob('noop', { input: z.object({ n: z.number(), pad: z.string() }) }, async () => void ran++)
const client = await connect(`sqlite:${join(folder, 'jobs.db')}?durability=${durability}`)
const pad = 'x'.repeat(180)
const enqueue = stopwatch()
await client.enqueueMany(
  noop,
  Array.from({ length: jobs }, (_, n) => ({ n, pad })),
)
const enqueuedPerSecond = (jobs / enqueue.wallMs()) * 1_000
const work = stopwatch()
const worker = await client.work([noop])
await worker.idle()
const workedPerSecond = (jobs / work.wallMs()) * 1_000
report({ enqueuedPerSecond, workedPerSecond, cpuUs: (work.cpuMs() / jobs) * 1_000, missed: jobs - ran })
await client.close()
rmSync(folder, { recursive: true })
