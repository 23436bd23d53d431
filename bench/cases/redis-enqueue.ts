import { enqueueCase } from '../lib/enqueue-case.ts'

const chunks = [100, 1_000, 10_000].map((chunk) => ({ chunk }))

export default enqueueCase({
  name: 'redis-enqueue',
  asks: '100,000 jobs of 200 bytes enqueued in bulk, over Redis',
  mode: 'bulk',
  atLeast: 6,
  bullmq: [
    ...['ioredis', 'ioredis5', 'node-redis'].flatMap((client) => chunks.map((chunk) => ({ client, ...chunk }))),
    { client: 'node-redis', chunk: 1_000, keep: 0 },
  ],
  bee: chunks,
})
