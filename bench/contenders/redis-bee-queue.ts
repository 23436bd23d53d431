import { beeSettings, openBee } from './bee-queue.ts'
import { input } from './input.ts'
import { measureWork } from './measure-work.ts'
import { produceElsewhere } from './store.ts'

const given = input({ redis: '', enqueueTo: '', jobs: 100_000, ...beeSettings })
const { jobs, redis, concurrency } = given

async function enqueue(url: string): Promise<void> {
  const queue = openBee(url, false, given)
  await queue.ready()
  const pad = 'x'.repeat(180)
  for (let n = 0; n < jobs; n += 1_000) {
    const length = Math.min(1_000, jobs - n)
    const errors = await queue.saveAll(Array.from({ length }, (_, i) => queue.createJob({ n: n + i, pad })))
    if (errors.size > 0) throw new Error(`bee-queue did not save ${errors.size} jobs`)
  }
}

async function work(): Promise<void> {
  const all = Promise.withResolvers<void>()
  let settled = 0
  const measured = measureWork(redis, jobs)
  const queue = openBee(redis, true, given)
  queue.on('succeeded', () => void (++settled === jobs && all.resolve()))
  queue.process(concurrency, async () => measured.ran())
  await all.promise
  measured.settled()
}

if (given.enqueueTo !== '') await enqueue(given.enqueueTo)
else {
  produceElsewhere(given, redis)
  await work()
}
process.exit()
