import { type ChildProcess, spawn } from 'node:child_process'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { bullmqApp, type BullmqApp, noRedis } from '../support/bullmq.ts'
import { makeCliProject } from '../support/cli-project.ts'

const jobs = 10_000

/** The application's own processor: it leaves a trace of each run's start and end where no crash can take it. */
const processor = `
import { Redis } from 'ioredis'
import { setTimeout as sleep } from 'node:timers/promises'
const redis = new Redis(process.env.REDIS)
export const processor = async (job) => {
  await redis.rpush(process.env.TRACE, 'start ' + job.data.n + ' ' + process.pid)
  await sleep(5 + (job.data.n % 20))
  await redis.rpush(process.env.TRACE, 'end ' + job.data.n + ' ' + process.pid)
  return job.data.n
}
`

const bullmqWorker = `
import { Worker } from 'bullmq'
import { processor } from './processor.mjs'
const worker = new Worker('emails', processor, {
  connection: { url: process.env.REDIS },
  prefix: process.env.PREFIX,
  concurrency: 100,
  // Whoever checks for stalled jobs keeps all others from it for as long as this says: by default 30 s.
  stalledInterval: 1_000,
})
process.on('SIGTERM', () => worker.close().then(() => process.exit(0)))
`

const handler = `
import { fromBullMQ } from 'fiber-work/drivers/bullmq'
import { processor } from '../processor.mjs'
export default fromBullMQ('emails', processor)
`

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve(child.exitCode)

/** Waits until BullMQ counts so many completed jobs; the worker that should bring it there must be alive. */
async function completed({ queue }: BullmqApp, count: number, worker: ChildProcess): Promise<void> {
  for (const end = Date.now() + 60_000; (await queue.getCompletedCount()) < count;) {
    if (worker.exitCode !== null || Date.now() > end) throw new Error(`stands at ${await queue.getCompletedCount()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

interface Run {
  n: number
  pid: number
}

test.skipIf(noRedis)(
  '10,000 jobs: half by BullMQ, then taken over, kill -9 in the middle, gone on: none lost, none done twice unexplained',
  async () => {
    const app = await bullmqApp()
    const { hostname, port } = new URL(app.url.replace('bullmq+', ''))
    const trace = `trace:${app.prefix}`
    const env = { REDIS: `redis://${hostname}:${port}`, TRACE: trace, PREFIX: app.prefix }
    const redis = new Redis(env.REDIS)
    onTestFinished(() => redis.disconnect())
    const project = makeCliProject(['bullmq', 'ioredis'])
    onTestFinished(() => project.remove())
    project.write('processor.mjs', processor)
    project.write('bullmq-worker.mjs', bullmqWorker)
    project.write('jobs/emails.mjs', handler)
    for (let from = 0; from < jobs; from += 1_000) {
      await app.queue.addBulk(
        Array.from({ length: 1_000 }, (_, i) => ({
          name: `kind-${i % 7}`,
          data: { n: from + i },
          opts: { attempts: 3 },
        })),
      )
    }

    const theirs = spawn(process.execPath, ['bullmq-worker.mjs'], {
      cwd: project.folder,
      env: { ...process.env, ...env },
      stdio: 'inherit',
    })
    onTestFinished(() => void theirs.kill('SIGKILL'))
    await completed(app, jobs / 2, theirs)
    theirs.kill('SIGTERM')
    expect(await exited(theirs)).toBe(0)
    const doneByBullmq = await app.queue.getCompletedCount()
    expect(doneByBullmq).toBeLessThan(jobs)

    const work = `work --url ${app.url} --concurrency 200 --lease 2s --no-supervisor`
    const first = project.start(work, { env })
    await completed(app, doneByBullmq + (jobs - doneByBullmq) / 2, first.child)
    first.child.kill('SIGKILL')
    await exited(first.child)
    const inFlight = new Set((await app.queue.getActive(0, 1_000)).map(({ data }) => (data as { n: number }).n))
    expect(inFlight.size).toBeGreaterThan(0)

    const second = project.start(work, { env })
    await completed(app, jobs, second.child)
    second.child.kill('SIGTERM')
    expect((await second.ended).end).toBe(0)

    const counts = await app.queue.getJobCounts()
    const left = Object.entries(counts).filter(([state, count]) => state !== 'completed' && count > 0)
    expect(left).toEqual([])
    const lines = (await redis.lrange(trace, 0, -1)).map((line) => line.split(' '))
    const runs = (kind: string): Run[] =>
      lines.filter(([what]) => what === kind).map(([, n, pid]) => ({ n: Number(n), pid: Number(pid) }))
    const [starts, ends] = [Map.groupBy(runs('start'), ({ n }) => n), Map.groupBy(runs('end'), ({ n }) => n)]
    const lost = Array.from({ length: jobs }, (_, n) => n).filter((n) => !ends.has(n))
    expect(lost).toEqual([])
    const doubled = [...starts].filter(([, all]) => all.length > 1)
    const unexplained = doubled.filter(
      ([n, all]) => !inFlight.has(n) || all.length > 2 || all[0]!.pid !== first.child.pid,
    )
    expect(unexplained).toEqual([])
    const byWorker = Map.groupBy(runs('end'), ({ pid }) => pid)
    expect(byWorker.get(theirs.pid!)?.length).toBe(doneByBullmq)
    for (const { pid } of [first.child, second.child]) expect(byWorker.get(pid!)?.length).toBeGreaterThan(500)
    const records = await app.queue.getCompleted(0, jobs)
    expect(records.every(({ attemptsMade, returnvalue, data }) => attemptsMade === 1 && returnvalue === data.n)).toBe(
      true,
    )
  },
)
