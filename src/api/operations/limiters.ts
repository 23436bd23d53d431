import * as z from 'zod'
import { operation } from '../operation.ts'
import { time } from '../schemas/common.ts'
import { limitsLeft } from '../schemas/queue.ts'
import { isoTime } from '../views/time.ts'
import { depths } from './queues.ts'

/** Where workers share what services have said: src/worker/upstreams.ts. */
const upstreamPrefix = 'upstream:'
const upstreamsMax = 500

export const listLimiters = operation({
  id: 'listLimiters',
  method: 'GET',
  path: '/v1/limiters',
  tag: 'Limits and groups',
  right: 'see',
  summary: 'What is held back now: services that want no calls, frozen queues and groups, queues with limits',
  answer: z.object({
    upstreams: z.array(z.object({ upstream: z.string(), until: time })).meta({
      description: 'Services that have said 429, 503 or the like, each with a hash of the credential.',
    }),
    frozen: z.array(z.object({ queue: z.string(), group: z.string().optional(), until: time })),
    queues: z.array(
      z.object({
        queue: z.string(),
        queueLimits: z.unknown(),
        groupLimits: z.unknown(),
        groupsWithOwn: z.int(),
        left: limitsLeft.optional().meta({ description: 'What the limits of the whole queue leave now.' }),
      }),
    ),
  }),
  async run(api, { caller }) {
    const { client, env } = api
    const nowMs = env.nowMs()
    const records = (await client.driver.ledger?.list(upstreamPrefix, upstreamsMax)) ?? []
    const upstreams = records
      .map(({ key, value }) => ({ upstream: key.slice(upstreamPrefix.length), untilMs: untilOf(value) }))
      .filter(({ untilMs }) => untilMs > nowMs)
      .map(({ upstream, untilMs }) => ({ upstream, until: isoTime(untilMs) }))
    if (client.driver.limits === undefined) return { upstreams, frozen: [], queues: [] }
    const names = (await depths(api, caller)).map(({ queue }) => queue)
    const limits = await Promise.all(names.map(async (queue) => ({ queue, limits: await client.limits(queue) })))
    return {
      upstreams,
      frozen: limits.flatMap(({ queue, limits: { frozen } }) =>
        frozen
          .filter(({ untilMs }) => untilMs > nowMs)
          .map(({ group, untilMs }) => ({ queue, ...(group !== undefined && { group }), until: isoTime(untilMs) })),
      ),
      queues: limits
        .filter(({ limits: { queue, groups, group } }) =>
          [queue, groups, group].some((one) => Object.keys(one).length > 0),
        )
        .map(({ queue, limits: { queue: queueLimits, groups: groupLimits, group, left } }) => ({
          queue,
          queueLimits,
          groupLimits,
          groupsWithOwn: Object.keys(group).length,
          ...(left !== undefined && { left }),
        })),
    }
  },
})

function untilOf(value: string): number {
  try {
    const { untilMs } = JSON.parse(value) as { untilMs?: unknown }
    return typeof untilMs === 'number' ? untilMs : 0
  } catch {
    return 0
  }
}

export type LimitersView = z.output<typeof listLimiters.answer>
