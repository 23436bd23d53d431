import type { Case } from '../lib/case.ts'
import { postgresPeers } from '../lib/postgres-peers.ts'

// pg-boss polls, half a second apart at best: it is no peer here.
export default {
  name: 'postgres-latency',
  asks: 'an idle queue over Postgres and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'graphile-worker',
  peers: postgresPeers,
  contenders: [
    { name: 'fiber-work', script: 'latency-fiber-work', args: { store: 'postgres' } },
    {
      name: 'graphile-worker',
      script: 'postgres-graphile',
      args: { mode: 'latency' },
      settings: [1, 50].map((concurrency) => ({ concurrency })),
      metric: 'p50Ms',
      trying: { forMs: 2_000 },
    },
  ],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'p99Ms', against: 'graphile-worker', atMost: 1 }],
} satisfies Case
