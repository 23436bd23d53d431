import { beeSettings, openBee } from './bee-queue.ts'
import { input } from './input.ts'
import { enqueueDefaults, measureEnqueue } from './measure-enqueue.ts'

const given = input({ redis: '', ...enqueueDefaults, ...beeSettings })
const queue = openBee(given.redis, false, given)
await measureEnqueue(given.redis, given, {
  async bulk(inputs) {
    const errors = await queue.saveAll(inputs.map((data) => queue.createJob(data)))
    if (errors.size > 0) throw new Error(`bee-queue did not save ${errors.size} jobs`)
  },
  single: (data) => queue.createJob(data).save(),
})
process.exit()
