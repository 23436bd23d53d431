import type { Case } from '../lib/case.ts'

export default {
  name: 'sequential',
  asks: 'HTTP jobs of 100 ms: one at a time, and with the defaults of fiber-work (1,000 at once)',
  baseline: 'one at a time',
  service: { latencyMs: 100, ports: 20 },
  contenders: [
    { name: 'fiber-work', script: 'sequential-fiber-work' },
    { name: 'one at a time', script: 'sequential' },
  ],
  metrics: [{ name: 'jobsPerSecond', unit: 'jobs/s', better: 'more' }],
} satisfies Case
