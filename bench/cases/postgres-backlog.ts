import type { Case } from '../lib/case.ts'
import { postgresMetrics, postgresPeers } from '../lib/postgres-peers.ts'

const baseline = 'fiber-work, nothing else waits'
const crowded = [
  { name: 'fiber-work, 1,000,000 more wait', args: { backlog: 1_000_000 } },
  { name: 'fiber-work, after a million of churn', args: { churn: 1_000_000, backlog: 1_000_000 } },
]

export default {
  name: 'postgres-backlog',
  asks: 'the jobs of postgres-noop, taken out of 1,100,000 of the same queue, also where a million more have come and gone before',
  baseline,
  peers: postgresPeers,
  contenders: [{ name: baseline, args: {} }, ...crowded].map((one) => ({
    ...one,
    script: 'work-fiber-work',
    args: { ...one.args, store: 'postgres' },
  })),
  metrics: postgresMetrics,
  bars: crowded.map(({ name }) => ({ contender: name, metric: 'workedPerSecond', against: baseline, atLeast: 0.8 })),
} satisfies Case
