import type { Case } from '../lib/case.ts'

export default {
  name: 'metrics',
  asks: 'what counting for Prometheus costs a job: two events and their numbers alone, and what no-op jobs take longer by it',
  baseline: 'events, nobody counts',
  contenders: [
    { name: 'events, nobody counts', script: 'metrics-events', args: { counted: false } },
    { name: 'events, counted', script: 'metrics-events', args: { counted: true } },
    { name: 'events, counted, traced', script: 'metrics-events', args: { counted: true, traced: true } },
    { name: 'no-op jobs, the difference', script: 'metrics-jobs' },
  ],
  metrics: [{ name: 'cpuUs', unit: 'µs CPU a job', better: 'less' }],
  bars: [{ contender: 'no-op jobs, the difference', metric: 'cpuUs', atMost: 1 }],
} satisfies Case
