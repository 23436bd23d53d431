import type { Case } from '../lib/case.ts'

export default {
  name: 'isolation',
  asks: 'what the sandbox costs beyond a bare async call: promise-only handler, 1,000 concurrent (the difference is the cost)',
  baseline: 'bare async call',
  contenders: [
    { name: 'bare async call', script: 'isolation', args: { mode: 'bare' } },
    { name: 'in a sandbox', script: 'isolation', args: { mode: 'sandbox' } },
    { name: 'in a sandbox, signal used', script: 'isolation', args: { mode: 'signal' } },
    { name: 'in a sandbox, watched (sample)', script: 'isolation', args: { mode: 'sandbox', isolation: 'sample' } },
    {
      name: 'in a sandbox, watched (warn)',
      script: 'isolation',
      args: { mode: 'sandbox', isolation: 'warn', jobs: 20_000 },
    },
  ],
  metrics: [{ name: 'nanosecondsPerJob', unit: 'ns CPU a job', better: 'less' }],
} satisfies Case
