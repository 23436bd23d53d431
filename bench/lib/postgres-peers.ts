import type { Contender, Metric, Sweep } from './case.ts'

/** Packages of the tree of the bench. */
export const postgresPeers = ['graphile-worker', 'pg-boss', 'pg']

export const postgresMetrics: Metric[] = [
  { name: 'workedPerSecond', unit: 'jobs/s', better: 'more' },
  { name: 'cpuUs', unit: 'µs worker CPU a job', better: 'less' },
  { name: 'firstMs', unit: 'ms to the first job', better: 'less' },
]

const trying = { jobs: 20_000 }

export const ours: Contender = { name: 'fiber-work', script: 'work-fiber-work', args: { store: 'postgres' } }

/** Our own batched statements without a worker. */
export const ceiling: Contender = { name: 'our statements without a worker', script: 'ceiling-postgres' }

/** The fewest batched statements that make a queue: what Postgres gives on this machine. */
export const bare: Contender = { name: 'claim and delete on one table', script: 'postgres-bare' }

export const graphileWorking: Sweep = {
  name: 'graphile-worker',
  script: 'postgres-graphile',
  metric: 'workedPerSecond',
  trying,
  settings: [
    { concurrency: 50 },
    ...[500, 1_000, 2_000].map((localQueue) => ({ concurrency: 50, localQueue, completeMs: 100, failMs: 100 })),
    { concurrency: 200, localQueue: 1_000, completeMs: 100, failMs: 100 },
  ],
}

export const bossWorking: Sweep = {
  name: 'pg-boss',
  script: 'postgres-boss',
  metric: 'workedPerSecond',
  trying,
  settings: [100, 500, 1_000, 2_000].flatMap((batch) => [1, 4].map((workers) => ({ batch, workers }))),
}
