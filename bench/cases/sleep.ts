import type { Case } from '../lib/case.ts'

export default {
  name: 'sleep',
  asks: '30,000 jobs that sleep for 1 s, 10,000 at once (ideal 3 s), and what a waiting fiber weighs',
  baseline: 'bare loops',
  contenders: [
    { name: 'fiber-work memory', script: 'sleep-fiber-work' },
    { name: 'bare loops', script: 'sleep-bare' },
  ],
  metrics: [
    { name: 'wallS', unit: 's', better: 'less' },
    { name: 'cpuS', unit: 's', better: 'less' },
    { name: 'loopP99Ms', unit: 'ms', better: 'less' },
    { name: 'heapPerFiberBytes', unit: 'bytes a waiting fiber, its stored job included', better: 'less' },
  ],
} satisfies Case
