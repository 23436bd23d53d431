import type { Case, Contender } from '../lib/case.ts'

const stores = ['memory', 'sqlite', 'redis', 'postgres', 'mysql'] as const
const pages = ['all', 'ready', 'done', 'dead', 'queue', 'name', 'rareName', 'tag', 'rareTag', 'several', 'text']

export default {
  name: 'api-list',
  asks: 'first pages of 50 and the depths of all queues over HTTP, of a store of 1,000,000 jobs whose oldest are the rare ones',
  baseline: 'sqlite',
  rounds: 1,
  redis: true,
  contenders: stores.map((store): Contender => ({
    name: store,
    script: 'api-list',
    args: { store },
    // A million jobs in a process.
    ...(store === 'memory' && { nodeFlags: ['--max-old-space-size=6000'] }),
  })),
  metrics: [
    { name: 'worstMs', unit: 'ms, the slowest', better: 'less' },
    ...[...pages, 'queues'].map((page) => ({ name: `${page}Ms`, unit: 'ms', better: 'less' as const })),
    ...['done', 'dead', 'rareName', 'rareTag', 'text'].map((page) => ({
      name: `${page}Found`,
      unit: 'jobs on the first page',
      better: 'more' as const,
    })),
    { name: 'filledS', unit: 's to fill it', better: 'less' },
  ],
  bars: stores.map((contender) => ({ contender, metric: 'worstMs', atMost: 100 })),
} satisfies Case
