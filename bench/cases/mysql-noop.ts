import type { Case } from '../lib/case.ts'

const ceiling = 'the same batches without a worker'

export default {
  name: 'mysql-noop',
  asks: '100,000 jobs of 200 bytes that do nothing, over MySQL: one worker process, from its start to the last verdict',
  baseline: ceiling,
  contenders: [
    { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'mysql' } },
    { name: ceiling, script: 'mysql-ceiling' },
  ],
  metrics: [
    { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
    { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
  ],
} satisfies Case
