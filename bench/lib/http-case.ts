import type { Case, Metric } from './case.ts'

/** What `fiber-work work` gives its worker processes (src/supervisor/node-flags.ts). */
export const shipped = ['--max-semi-space-size=8']
/** The documented low-memory setting (bench/README.md). */
const lowMemory = ['--single-threaded', '--optimize-for-size', '--max-semi-space-size=1', '--max-old-space-size=112']

export const httpMetrics: Metric[] = [
  { name: 'wallS', unit: 's', better: 'less' },
  { name: 'overP50Ms', unit: 'ms', better: 'less' },
  { name: 'overP99Ms', unit: 'ms', better: 'less' },
  { name: 'loopP99Ms', unit: 'ms', better: 'less' },
  { name: 'loopMaxMs', unit: 'ms', better: 'less' },
  { name: 'cpuS', unit: 's', better: 'less' },
  { name: 'rssPeakMb', unit: 'MB', better: 'less' },
  { name: 'failed', unit: 'jobs', better: 'less' },
]

/** HTTP jobs against a bare pool of the same client that starts everything at once. */
export function httpCase(name: string, args: { jobs: number; latencyMs: number }, asks: string): Case {
  return {
    name,
    asks,
    baseline: 'bare undici pool',
    service: { latencyMs: args.latencyMs, ports: 20 },
    contenders: [
      { name: 'fiber-work, sqlite', script: 'http-fiber-work', args: { ...args, store: 'sqlite' }, nodeFlags: shipped },
      { name: 'fiber-work, memory', script: 'http-fiber-work', args: { ...args, store: 'memory' }, nodeFlags: shipped },
      {
        name: 'fiber-work, low memory',
        script: 'http-fiber-work',
        args: { ...args, store: 'sqlite' },
        nodeFlags: lowMemory,
      },
      { name: 'bare undici pool', script: 'http-bare-undici', args },
    ],
    metrics: httpMetrics,
  }
}
