import type { Case } from './case.ts'

/** Small queries through a pool of 50: with `Db`, with the client's own pool, and one at a time. */
export function dbCase(kind: 'postgres' | 'mysql', client: string): Case {
  const raw = `${client}'s own pool`
  const args = { kind }
  return {
    name: kind === 'postgres' ? 'db-pg' : 'db-mysql',
    asks: `${client}: 50,000 queries of one row by its key, 10,000 at once, a pool of 50, prepared statements`,
    baseline: raw,
    contenders: [
      { name: 'Db, in one job', script: 'db-fiber-work', args: { ...args, jobs: false } },
      { name: 'Db, a job each', script: 'db-fiber-work', args: { ...args, jobs: true } },
      { name: raw, script: 'db-raw', args },
      { name: 'one at a time', script: 'db-raw', args: { ...args, queries: 5_000, inFlight: 1, poolMax: 1 } },
    ],
    metrics: [
      { name: 'queriesPerSecond', unit: 'queries/s', better: 'more' },
      { name: 'cpuUs', unit: 'µs CPU a query', better: 'less' },
      { name: 'failed', unit: 'queries', better: 'less' },
    ],
    bars: [
      { contender: 'Db, in one job', metric: 'queriesPerSecond', against: raw, atLeast: 0.9 },
      { contender: 'Db, a job each', metric: 'queriesPerSecond', against: raw, atLeast: 0.9 },
    ],
  }
}
