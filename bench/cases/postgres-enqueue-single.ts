import type { Case } from '../lib/case.ts'
import { postgresPeers } from '../lib/postgres-peers.ts'

const args = { mode: 'single', jobs: 10_000 }
const pools = [10, 20].map((poolMax) => ({ poolMax }))

export default {
  name: 'postgres-enqueue-single',
  asks: '10,000 jobs of 200 bytes, enqueued one by one by 100 callers that each await the acknowledgement, over Postgres',
  baseline: 'graphile-worker',
  peers: postgresPeers,
  contenders: [
    { name: 'fiber-work', script: 'enqueue-fiber-work', args: { ...args, store: 'postgres' } },
    ...(['graphile', 'boss'] as const).map((peer) => ({
      name: peer === 'boss' ? 'pg-boss' : 'graphile-worker',
      script: `postgres-${peer}`,
      args,
      settings: pools,
      metric: 'enqueuedPerSecond',
      trying: { jobs: 1_000 },
    })),
  ],
  metrics: [
    { name: 'enqueuedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs producer CPU a job', better: 'less' },
  ],
  bars: ['graphile-worker', 'pg-boss'].map((against) => ({
    contender: 'fiber-work',
    metric: 'enqueuedPerSecond',
    against,
    atLeast: 10,
  })),
} satisfies Case
