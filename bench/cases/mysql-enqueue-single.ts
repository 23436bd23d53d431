import type { Case } from '../lib/case.ts'

export default {
  name: 'mysql-enqueue-single',
  asks: '100,000 jobs of 200 bytes, enqueued one by one by 100 callers that each await the acknowledgement, over MySQL',
  baseline: 'fiber-work',
  contenders: [{ name: 'fiber-work', script: 'enqueue-fiber-work', args: { store: 'mysql', mode: 'single' } }],
  metrics: [
    { name: 'enqueuedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs producer CPU a job', better: 'less' },
  ],
} satisfies Case
