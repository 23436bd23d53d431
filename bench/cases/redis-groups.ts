import type { Case } from '../lib/case.ts'
import { bullmqWorking, redisPeers, workMetrics } from '../lib/redis-peers.ts'

/** What is on for ours, and how many times BullMQ without any of it that must be. */
const features = [
  { name: 'nothing', args: {} },
  { name: '100 groups', args: { groups: 100 }, atLeast: 6 },
  { name: '100 groups, every limit', args: { groups: 100, limited: true }, atLeast: 5 },
  { name: '10,000 groups', args: { groups: 10_000 }, atLeast: 5 },
  { name: 'unique keys', args: { unique: true }, atLeast: 7 },
].map(({ name, ...rest }) => ({ name: `fiber-work, ${name}`, ...rest }))

export default {
  name: 'redis-groups',
  asks: 'the jobs of redis-noop with groups, limits and unique keys, against BullMQ without any of it',
  baseline: 'BullMQ',
  redis: true,
  peers: redisPeers,
  contenders: [...features.map(({ name, args }) => ({ name, script: 'work-fiber-work', args })), bullmqWorking],
  metrics: workMetrics,
  bars: features.flatMap(({ name, atLeast }) =>
    atLeast === undefined ? [] : [{ contender: name, metric: 'workedPerSecond', against: 'BullMQ', atLeast }],
  ),
} satisfies Case
