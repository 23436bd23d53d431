import type { Case } from '../lib/case.ts'

export default {
  name: 'api-watchers',
  asks: 'what 100 watchers of /v1/events cost, in percent of a core, while a worker runs 1,000 jobs a second over Redis',
  baseline: '100 watchers',
  rounds: 3,
  redis: true,
  contenders: [{ name: '100 watchers', script: 'api-watchers' }],
  metrics: [
    { name: 'apiPercent', unit: '% of a core more, API process', better: 'less' },
    { name: 'workerPercent', unit: '% more, worker', better: 'less' },
    { name: 'supervisorPercent', unit: '% more, supervisor', better: 'less' },
    { name: 'apiIdlePercent', unit: '% without watchers, API process', better: 'less' },
    { name: 'workerIdlePercent', unit: '% without watchers, worker', better: 'less' },
    { name: 'watcherKbPerSecond', unit: 'KB/s each watcher is told', better: 'less' },
  ],
  bars: [{ contender: '100 watchers', metric: 'apiPercent', atMost: 5 }],
} satisfies Case
