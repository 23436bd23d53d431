import type { Bar, Case, Contender, Metric, Sweep } from './case.ts'

const script = 'api-submit'
/** Only how fast they take jobs decides between the settings of a peer. */
const trying = { warmSeconds: 1, seconds: 3, fixedSeconds: 0 }

const ours = 'fiber-work'
/** A plain fastify endpoint, which answers the same and does nothing. */
const nothing = 'nothing'
/** Ours with all that it checks, and a store that says yes at once. */
const storeless = 'fiber-work without a store'

const metrics: Metric[] = [
  { name: 'requestsPerSecond', unit: 'requests/s', better: 'more' },
  { name: 'p50Ms', unit: 'ms', better: 'less' },
  { name: 'p99Ms', unit: 'ms', better: 'less' },
  { name: 'fixedP50Ms', unit: 'ms at 1,000/s', better: 'less' },
  { name: 'fixedP99Ms', unit: 'ms at 1,000/s', better: 'less' },
  { name: 'serverUs', unit: 'µs server CPU a request', better: 'less' },
  { name: 'errors', unit: 'requests', better: 'less' },
]

interface Asked {
  store: 'redis' | 'sqlite' | 'postgres'
  /** What one sees of the store in a heading. */
  storeName: string
  peers: Sweep[]
  /** Packages of the peers. */
  packages: string[]
  /** How many times the rate of each peer. */
  atLeast?: number
}

/** Jobs that are submitted over HTTP one by one, while a worker elsewhere runs them. */
export function submitCase({ store, storeName, peers, packages, atLeast }: Asked): Case {
  const contenders: (Contender | Sweep)[] = [
    { name: ours, script, args: { product: ours, store } },
    { name: nothing, script, args: { product: nothing } },
    { name: storeless, script, args: { product: ours, storeless: true } },
    ...peers,
  ]
  const bars: Bar[] = [
    { contender: ours, metric: 'fixedP99Ms', atMost: 10 },
    { contender: ours, metric: 'requestsPerSecond', against: nothing, atLeast: 0.75 },
    { contender: ours, metric: 'p99Ms', against: nothing, atMost: 1.5 },
    { contender: ours, metric: 'requestsPerSecond', against: storeless, atLeast: 0.75 },
    { contender: ours, metric: 'p99Ms', against: storeless, atMost: 1.5 },
    ...peers.map(({ name }) => ({ contender: ours, metric: 'requestsPerSecond', against: name, atLeast: atLeast! })),
    { contender: ours, metric: 'errors', atMost: 0 },
  ]
  return {
    name: `api-${store}`,
    asks: `jobs of 200 bytes submitted over HTTP into ${storeName} over 50 connections, while a worker in another process runs them`,
    baseline: nothing,
    rounds: 3,
    ...(store === 'redis' && { redis: true }),
    peers: ['autocannon', ...packages],
    contenders,
    metrics,
    bars,
  }
}

export const bullmqAdding: Sweep = {
  name: 'fastify + BullMQ',
  script,
  args: { product: 'bullmq' },
  metric: 'requestsPerSecond',
  trying,
  settings: [
    ...['ioredis', 'ioredis5', 'node-redis'].map((client) => ({ client })),
    ...['ioredis', 'ioredis5'].map((client) => ({ client, pipelining: true })),
  ],
}

const pools = [10, 20].map((poolMax) => ({ poolMax }))

export const postgresAdding: Sweep[] = [
  ['fastify + graphile-worker', 'graphile'],
  ['fastify + pg-boss', 'boss'],
].map(([name, product]) => ({
  name: name!,
  script,
  args: { product, store: 'postgres' },
  metric: 'requestsPerSecond',
  trying,
  settings: pools,
}))
