import type { Case } from '../lib/case.ts'

export default {
  name: 'mysql-latency',
  asks: 'an idle queue over MySQL and one job every 5 ms for 10 s: from the call that enqueues it to its handler',
  baseline: 'fiber-work',
  contenders: [{ name: 'fiber-work', script: 'latency-fiber-work', args: { store: 'mysql' } }],
  metrics: [
    { name: 'p50Ms', unit: 'ms', better: 'less' },
    { name: 'p99Ms', unit: 'ms', better: 'less' },
    { name: 'maxMs', unit: 'ms', better: 'less' },
  ],
} satisfies Case
