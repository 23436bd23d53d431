import { Agent, request } from 'undici'
import { bullmqSettings, connector, openQueue, openWorkers } from './bullmq.ts'
import { input } from './input.ts'
import { httpDefaults, HttpRun, urlOf } from './measure-http.ts'
import { produceElsewhere } from './store.ts'

const given = input({ redis: '', enqueueTo: '', ...bullmqSettings, ...httpDefaults })
const { jobs, redis, origins, latencyMs } = given

const connect = await connector(redis, given)

async function enqueue(): Promise<void> {
  const queue = openQueue(connect, given)
  for (let n = 0; n < jobs; n += 1_000) {
    const length = Math.min(1_000, jobs - n)
    await queue.addBulk(Array.from({ length }, (_, i) => ({ name: 'get', data: { url: urlOf(origins, n + i) } })))
  }
  await queue.close()
}

async function work(): Promise<void> {
  const dispatcher = new Agent()
  const all = Promise.withResolvers<void>()
  let settled = 0
  const run = new HttpRun(latencyMs)
  const workers = openWorkers(connect, given, ({ url }: { url: string }) =>
    run.time(async () => {
      const { body, statusCode } = await request(url, { dispatcher })
      await body.text()
      return statusCode === 200
    }),
  )
  for (const worker of workers) worker.on('completed', () => void (++settled === jobs && all.resolve()))
  await all.promise
  run.report()
}

if (given.enqueueTo !== '') await enqueue()
else {
  produceElsewhere(given, redis)
  await work()
}
process.exit()
