import * as z from 'zod'
import type { LimitScope, LimitSettings, QueueLimits } from '../../contract/limits.ts'
import { demandQueue } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { tenYearsMs } from '../schemas/common.ts'
import {
  group,
  groupName,
  limits,
  limitSettings,
  type LimitSettingsView,
  type LimitsView,
  queueName,
} from '../schemas/queue.ts'
import { isoTime } from '../views/time.ts'

export const getLimits = operation({
  id: 'getLimits',
  method: 'GET',
  path: '/v1/queues/{queue}/limits',
  tag: 'Limits and groups',
  right: 'see',
  summary: 'What limits a queue, its groups alike, and single groups',
  params: queueName,
  answer: limits,
  async run(api, { params, caller }) {
    demandQueue(caller, params.queue)
    return limitsView(await api.client.limits(params.queue))
  },
})

export const setLimits = operation({
  id: 'setLimits',
  method: 'PUT',
  path: '/v1/queues/{queue}/limits',
  tag: 'Limits and groups',
  right: 'manage',
  summary: 'Set the limits of a queue as a whole, or of all its groups alike',
  description:
    'They replace what this scope had, hold at once over all workers, and until they are set again, here or in the code.',
  params: queueName,
  body: z.strictObject({ scope: z.enum(['queue', 'groups']).default('queue'), settings: limitSettings }),
  answer: limits,
  audit: ({ params, body }) => ({ queue: params.queue, scope: body.scope, settings: body.settings }),
  async run(api, { params: { queue }, body: { scope, settings }, caller }) {
    demandQueue(caller, queue)
    await api.client.limit(queue, scope, settingsOf(settings))
    return limitsView(await api.client.limits(queue))
  },
})

export const setConcurrency = operation({
  id: 'setQueueConcurrency',
  method: 'PUT',
  path: '/v1/queues/{queue}/concurrency',
  tag: 'Limits and groups',
  right: 'act',
  summary: 'How many jobs of a queue may run at once, over all workers; null for as many as there is room for',
  params: queueName,
  body: z.strictObject({ concurrencyMax: z.int().min(0).max(1_000_000_000).nullable() }),
  answer: limits,
  audit: ({ params, body }) => ({ queue: params.queue, concurrencyMax: body.concurrencyMax }),
  async run(api, { params: { queue }, body: { concurrencyMax }, caller }) {
    demandQueue(caller, queue)
    const { concurrencyMax: _, ...rest } = (await api.client.limits(queue)).queue
    await api.client.limit(queue, 'queue', { ...rest, ...(concurrencyMax !== null && { concurrencyMax }) })
    return limitsView(await api.client.limits(queue))
  },
})

export const listGroups = operation({
  id: 'listGroups',
  method: 'GET',
  path: '/v1/queues/{queue}/groups',
  tag: 'Limits and groups',
  right: 'see',
  summary: 'The groups of a queue with most jobs, and what holds them back',
  params: queueName,
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
  answer: z.object({ groups: z.array(group) }),
  async run(api, { params, query, caller }) {
    demandQueue(caller, params.queue)
    return { groups: await api.client.groups(params.queue, query.limit) }
  },
})

export const setGroupLimits = operation({
  id: 'setGroupLimits',
  method: 'PUT',
  path: '/v1/queues/{queue}/groups/{group}/limits',
  tag: 'Limits and groups',
  right: 'manage',
  summary: 'Set the limits and the weight of one group',
  params: groupName,
  body: z.strictObject({ settings: limitSettings }),
  answer: limits,
  audit: ({ params, body }) => ({ ...params, settings: body.settings }),
  async run(api, { params: { queue, group: one }, body, caller }) {
    demandQueue(caller, queue)
    const scope: LimitScope = { group: one }
    await api.client.limit(queue, scope, settingsOf(body.settings))
    return limitsView(await api.client.limits(queue))
  },
})

const held = z.object({ queue: z.string(), group: z.string(), paused: z.boolean() })
/** As good as for ever. */
const untilResumedMs = tenYearsMs

export const pauseGroup = operation({
  id: 'pauseGroup',
  method: 'POST',
  path: '/v1/queues/{queue}/groups/{group}/pause',
  tag: 'Limits and groups',
  right: 'act',
  summary: 'Take no jobs of one group: until it is resumed, or for so long',
  params: groupName,
  body: z.strictObject({ forMs: z.number().min(1).max(tenYearsMs).exactOptional() }).default({}),
  answer: held,
  audit: ({ params, body }) => ({ ...params, ...body }),
  async run(api, { params, body, caller }) {
    demandQueue(caller, params.queue)
    await api.client.freeze(params.queue, params.group, body.forMs ?? untilResumedMs)
    return { ...params, paused: true }
  },
})

export const resumeGroup = operation({
  id: 'resumeGroup',
  method: 'POST',
  path: '/v1/queues/{queue}/groups/{group}/resume',
  tag: 'Limits and groups',
  right: 'act',
  summary: 'Take its jobs again',
  params: groupName,
  answer: held,
  audit: ({ params }) => ({ ...params }),
  async run(api, { params, caller }) {
    demandQueue(caller, params.queue)
    await api.client.freeze(params.queue, params.group, 0)
    return { ...params, paused: false }
  },
})

const frozen = z.object({ queue: z.string(), frozen: z.boolean() })

export const freezeQueue = operation({
  id: 'freezeQueue',
  method: 'POST',
  path: '/v1/queues/{queue}/freeze',
  tag: 'Limits and groups',
  right: 'act',
  summary: 'Take nothing from a queue for so long, then go on by itself',
  params: queueName,
  body: z.strictObject({ forMs: z.number().min(1).max(tenYearsMs) }),
  answer: frozen,
  audit: ({ params, body }) => ({ queue: params.queue, ...body }),
  async run(api, { params: { queue }, body, caller }) {
    demandQueue(caller, queue)
    await api.client.freeze(queue, undefined, body.forMs)
    return { queue, frozen: true }
  },
})

export const unfreezeQueue = operation({
  id: 'unfreezeQueue',
  method: 'POST',
  path: '/v1/queues/{queue}/unfreeze',
  tag: 'Limits and groups',
  right: 'act',
  summary: 'Take from it again before that',
  params: queueName,
  answer: frozen,
  audit: ({ params }) => ({ queue: params.queue }),
  async run(api, { params: { queue }, caller }) {
    demandQueue(caller, queue)
    await api.client.freeze(queue, undefined, 0)
    return { queue, frozen: false }
  },
})

/** What may be saved up is what flows in, unless something else is said. */
function settingsOf({ rates, ...rest }: LimitSettingsView): LimitSettings {
  return { ...rest, ...(rates !== undefined && { rates: rates.map((rate) => ({ burst: rate.tokens, ...rate })) }) }
}

function limitsView({ queue, groups, group: own, frozen, left }: QueueLimits): LimitsView {
  return {
    queue,
    groups,
    group: own,
    frozen: frozen.map(({ group: one, untilMs }) => ({
      ...(one !== undefined && { group: one }),
      until: isoTime(untilMs),
    })),
    ...(left !== undefined && { left }),
  }
}
