import type { Case } from '../lib/case.ts'

const baseline = 'fiber-work, nothing else waits'
const crowded = 'fiber-work, 1,000,000 more wait'

export default {
  name: 'mysql-backlog',
  asks: 'the jobs of mysql-noop, taken out of 1,100,000 of the same queue',
  baseline,
  contenders: [
    { name: baseline, script: 'work-fiber-work', args: { store: 'mysql' } },
    { name: crowded, script: 'work-fiber-work', args: { store: 'mysql', backlog: 1_000_000 } },
  ],
  metrics: [
    { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
  ],
  bars: [{ contender: crowded, metric: 'workedPerSecond', against: baseline, atLeast: 0.8 }],
} satisfies Case
