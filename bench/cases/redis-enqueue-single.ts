import { enqueueCase } from '../lib/enqueue-case.ts'

export default enqueueCase({
  name: 'redis-enqueue-single',
  asks: '100,000 jobs of 200 bytes, enqueued one by one by 100 callers that each await the acknowledgement, over Redis',
  mode: 'single',
  atLeast: 4,
  bullmq: [
    ...['ioredis', 'ioredis5', 'node-redis'].map((client) => ({ client })),
    ...['ioredis', 'ioredis5'].map((client) => ({ client, pipelining: true })),
  ],
  bee: [{}],
})
