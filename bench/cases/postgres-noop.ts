import type { Case } from '../lib/case.ts'
import {
  bare,
  bossWorking,
  ceiling,
  graphileWorking,
  ours,
  postgresMetrics,
  postgresPeers,
} from '../lib/postgres-peers.ts'

export default {
  name: 'postgres-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over Postgres: one worker process, from its start to the last verdict',
  baseline: 'graphile-worker',
  peers: postgresPeers,
  contenders: [ours, bare, ceiling, graphileWorking, bossWorking],
  metrics: postgresMetrics,
  bars: [
    {
      contender: 'fiber-work',
      metric: 'workedPerSecond',
      against: 'graphile-worker',
      atLeast: 1.5,
      ceiling: ceiling.name,
    },
    { contender: 'fiber-work', metric: 'workedPerSecond', against: 'pg-boss', atLeast: 1.5, ceiling: ceiling.name },
  ],
} satisfies Case
