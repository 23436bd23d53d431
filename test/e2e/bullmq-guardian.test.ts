import { expect, onTestFinished, test } from 'vitest'
import { fromBullMQ } from '../../drivers/bullmq/index.ts'
import { connect } from '../../src/index.ts'
import { bullmqApp, noRedis } from '../support/bullmq.ts'
import { makeCliProject } from '../support/cli-project.ts'

const leaseMs = 2_000
const blockedMs = 4 * leaseMs

const handler = `
import { fromBullMQ } from 'fiber-work/drivers/bullmq'
export default fromBullMQ('emails', async (job) => {
  for (const end = Date.now() + job.data.ms; Date.now() < end;);
  return process.pid
})
`

test.skipIf(noRedis)(
  'a job that blocks its worker for four leases keeps its lock, beside an idle worker that looks for stalled ones',
  async () => {
    const app = await bullmqApp()
    const project = makeCliProject(['bullmq', 'ioredis'])
    onTestFinished(() => project.remove())
    project.write('jobs/emails.mjs', handler)
    const blocking = project.start(`work --url ${app.url} --lease ${leaseMs}ms --no-supervisor`)
    const warm = await app.queue.add('warm', { ms: 0 })
    expect(await app.result(warm)).toBe(blocking.child.pid)
    const job = await app.queue.add('block', { ms: blockedMs })
    while (!app.heard.includes(`active ${job.id}`)) await new Promise((resolve) => setTimeout(resolve, 10))
    const client = await connect(app.url, { leaseMs })
    onTestFinished(() => client.close())
    await client.work([fromBullMQ('emails', async () => 'taken over')])
    expect(await app.result(job)).toBe(blocking.child.pid)
    const { attemptsMade, attemptsStarted, stalledCounter, processedOn, finishedOn } = (await app.queue.getJob(
      job.id!,
    ))!
    expect({ attemptsMade, attemptsStarted, stalledCounter }).toEqual({
      attemptsMade: 1,
      attemptsStarted: 1,
      stalledCounter: 0,
    })
    expect(finishedOn! - processedOn!).toBeGreaterThanOrEqual(blockedMs)
    expect(app.heard).not.toContain(`stalled ${job.id}`)
  },
)
