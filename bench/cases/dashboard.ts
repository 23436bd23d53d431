import type { Case } from '../lib/case.ts'

export default {
  name: 'dashboard',
  asks: 'what an open dashboard costs a worker that is at its limit: the rate while it is looked at, of the rate while nobody looks, in alternating turns of one run',
  baseline: 'nobody, in both turns',
  contenders: [
    { name: 'nobody, in both turns', script: 'dashboard-pages', args: { pages: 0 } },
    { name: '1 page', script: 'dashboard-pages', args: { pages: 1 } },
    { name: '10 pages', script: 'dashboard-pages', args: { pages: 10 } },
    { name: 'the terminal', script: 'dashboard-terminal' },
  ],
  metrics: [
    { name: 'ratio', unit: '× the rate while nobody looks', better: 'more' },
    { name: 'jobsPerSecond', unit: 'jobs/s while nobody looks', better: 'more' },
  ],
  bars: [
    { contender: '1 page', metric: 'ratio', atLeast: 0.97 },
    { contender: '10 pages', metric: 'ratio', atLeast: 0.95 },
    { contender: 'the terminal', metric: 'ratio', atLeast: 0.97 },
  ],
} satisfies Case
