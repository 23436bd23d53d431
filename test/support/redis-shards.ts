import { concerns } from '../../drivers/conformance/concerns.ts'
import type { Harness } from '../../drivers/conformance/index.ts'

const named = (reason: string, laws: string[]) => laws.map((law) => ({ law, reason }))

const ofQueue = /(?:at the cap|out of tokens|over the quota) of the queue$/

/** What an installation with three shards does not keep, and why: docs/sharding.md. */
export const skippedWithShards: NonNullable<Harness['skip']> = [
  ...named(
    'what binds a whole queue is divided, and what is less than the number of shards is refused (drivers/redis/sharded-limits.test.ts)',
    [
      ...concerns.flatMap(({ laws }) => laws.map(({ name }) => name)).filter((name) => ofQueue.test(name)),
      'an older revision changes nothing and says so',
      'what is not taken costs no token: an empty queue, a full cap, a batch that was not filled',
      'depthMax: jobs above it are full and not written, jobs that run do not count',
      'enqueue: job by job, where some find no room, and when the limit has changed since',
      'depthMax: jobs that come back are never refused',
      'depthMax: a duplicate is a duplicate, and a replacement needs no room',
      'each new window opens it again, and not before',
      'what is not taken costs nothing: an empty queue, a full cap, no token, a freeze',
      'quotas, rates and caps of queue and group hold at once: the tightest binds',
      'a job that waits for its limits burns no attempt and no crash, and is not running',
      'tokens that flow in wake, of a queue and of a group',
      'groups: what binds the whole queue holds all of them',
      'groups: what binds the whole queue puts the next start off as well',
      'what rates and a quota leave to a queue is told, and when its next job may start',
      'a new window of a quota wakes, of a queue and of a group',
    ],
  ),
  ...named('jobs without a group are one group on each shard', [
    'jobs without a group take turns as one group',
    'jobs without a group are bound together as one group',
    'groups: what binds each of them alike holds those that used it up',
    'a quota of groups binds each of them alone, jobs without a group together',
  ]),
  ...named('each shard keeps its part of the count, and drops what is too old when it settles or sweeps', [
    'done is kept as the verdict says, with its result, and the oldest are trimmed',
    'done that is older than its age is trimmed when others settle',
  ]),
  ...named('a shard does not know that the accused of another one was settled: its own jobs are spared', [
    'an accused job that is settled in time leaves all others suspect',
  ]),
  ...named(
    'jobs of one call are written by each shard at its own moment: their order in a list may differ (drivers/redis/sharded-inspector.test.ts)',
    ['list filters by each field, and by all together'],
  ),
  {
    law: 'an id that is taken is a duplicate of itself, whoever holds its key',
    reason: 'an id is taken in its shard, and a job with a unique key lies in that of the key',
  },
]
