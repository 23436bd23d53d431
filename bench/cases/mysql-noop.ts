import type { Case } from '../lib/case.ts'

const ceiling = 'the same batches without a worker'
const postgres = 'fiber-work, over Postgres'

export default {
  name: 'mysql-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over MySQL: one worker process, from its start to the last verdict',
  baseline: ceiling,
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'mysql' } },
    { name: ceiling, script: 'mysql-ceiling' },
    { name: postgres, script: 'work-fiber-work', args: { store: 'postgres' } },
  ],
  metrics: [
    { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
  ],
  bars: [{ contender: 'fiber-work', metric: 'workedPerSecond', against: postgres, atLeast: 0.5 }],
} satisfies Case
