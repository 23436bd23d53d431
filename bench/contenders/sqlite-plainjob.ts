import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { better, defineQueue, defineWorker } from 'plainjob'
import { input, report, stopwatch } from './input.ts'

const { jobs, workers } = input({ jobs: 100_000, workers: 1 })
const folder = mkdtempSync(join(tmpdir(), 'fiber-work-bench-'))
const quiet = { error: console.error, warn() {}, info() {}, debug() {} }
const queue = defineQueue({ connection: better(new Database(join(folder, 'jobs.db'))), logger: quiet })
const pad = 'x'.repeat(180)
const enqueue = stopwatch()
queue.addMany(
  'noop',
  Array.from({ length: jobs }, (_, n) => ({ n, pad })),
)
const enqueuedPerSecond = (jobs / enqueue.wallMs()) * 1_000

let ran = 0
const all = Promise.withResolvers<void>()
const work = stopwatch()
const pool = Array.from({ length: workers }, () =>
  defineWorker(
    'noop',
    async (job) => {
      JSON.parse(job.data)
      if (++ran === jobs) all.resolve()
    },
    { queue, logger: quiet },
  ),
)
const stopped = pool.map((worker) => worker.start())
await all.promise
report({
  enqueuedPerSecond,
  workedPerSecond: (jobs / work.wallMs()) * 1_000,
  cpuUs: (work.cpuMs() / jobs) * 1_000,
  missed: jobs - ran,
})
await Promise.all(pool.map((worker) => worker.stop()))
await Promise.all(stopped)
queue.close()
rmSync(folder, { recursive: true })
