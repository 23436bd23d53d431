import { bullmqSettings, connector, openQueue, openWorkers } from './bullmq.ts'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { produceElsewhere } from './store.ts'

const given = input({ redis: '', enqueueTo: '', jobs: 100_000, ...bullmqSettings })
const { jobs, redis } = given

const connect = await connector(redis, given)

async function enqueue(): Promise<void> {
  const queue = openQueue(connect, given)
  const pad = 'x'.repeat(180)
  for (let n = 0; n < jobs; n += 1_000) {
    const length = Math.min(1_000, jobs - n)
    await queue.addBulk(Array.from({ length }, (_, i) => ({ name: 'noop', data: { n: n + i, pad } })))
  }
  await queue.close()
}

async function work(): Promise<void> {
  const all = Promise.withResolvers<void>()
  let settled = 0
  const measured = measureWork(redis, jobs)
  const workers = openWorkers(connect, given, async () => measured.ran())
  for (const worker of workers) worker.on('completed', () => void (++settled === jobs && all.resolve()))
  await all.promise
  measured.settled()
}

if (given.enqueueTo !== '') await enqueue()
else {
  produceElsewhere(given, redis)
  await work()
}
process.exit()
