import type { Case } from './case.ts'
import { redisPeers } from './redis-peers.ts'

interface Asked {
  name: string
  asks: string
  mode: 'bulk' | 'single'
  atLeast: number
  /** What is tried of the peers. */
  bullmq: Record<string, unknown>[]
  bee: Record<string, unknown>[]
}

/** Enqueueing over Redis, one way or the other. */
export function enqueueCase({ name, asks, mode, atLeast, bullmq, bee }: Asked): Case {
  const sweep = { args: { mode }, metric: 'enqueuedPerSecond', trying: { jobs: 20_000 } }
  return {
    name,
    asks,
    baseline: 'BullMQ',
    redis: true,
    peers: redisPeers,
    contenders: [
      { name: 'fiber-work', script: 'enqueue-fiber-work', args: { mode } },
      { name: 'BullMQ', script: 'enqueue-bullmq', settings: bullmq, ...sweep },
      { name: 'bee-queue', script: 'enqueue-bee-queue', settings: bee, ...sweep },
    ],
    metrics: [
      { name: 'enqueuedPerSecond', unit: 'jobs/s', better: 'more' },
      { name: 'cpuUs', unit: 'µs producer CPU a job', better: 'less' },
      { name: 'redisUs', unit: 'µs Redis CPU a job', better: 'less' },
    ],
    bars: [{ contender: 'fiber-work', metric: 'enqueuedPerSecond', against: 'BullMQ', atLeast }],
  }
}
