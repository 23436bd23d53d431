import * as z from 'zod'
import type { QueueDepth } from '../../contract/driver.ts'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Api } from '../api.ts'
import { type Caller, demandQueue, mayUse } from '../auth/caller.ts'
import type { QueueRate } from '../rates.ts'
import { operation } from '../operation.ts'
import { job } from '../schemas/job.ts'
import { queue, queueName, type QueueView } from '../schemas/queue.ts'
import { jobView, payloadsFor } from '../views/job-view.ts'

const peekMax = 100

export const listQueues = operation({
  id: 'listQueues',
  method: 'GET',
  path: '/v1/queues',
  tag: 'Queues',
  right: 'see',
  summary: 'Every queue, and how full it is',
  answer: z.object({ queues: z.array(queue) }),
  async run(api, { caller }) {
    const [all, rates] = await Promise.all([depths(api, caller), api.rates.now()])
    return { queues: all.map((depth) => queueView(depth, rates.get(depth.queue))) }
  },
})

export const getQueue = operation({
  id: 'getQueue',
  method: 'GET',
  path: '/v1/queues/{queue}',
  tag: 'Queues',
  right: 'see',
  summary: 'How full a queue is',
  params: queueName,
  answer: queue,
  async run(api, { params, caller }) {
    demandQueue(caller, params.queue)
    const [[depth], rates] = await Promise.all([api.client.depth([params.queue]), api.rates.now()])
    return queueView(depth!, rates.get(params.queue))
  },
})

export const peekQueue = operation({
  id: 'peekQueue',
  method: 'GET',
  path: '/v1/queues/{queue}/next',
  tag: 'Queues',
  right: 'see',
  summary: 'The next jobs of a queue, in the order in which they would be taken',
  params: queueName,
  query: z.strictObject({ limit: z.coerce.number().int().min(1).max(peekMax).default(10) }),
  answer: z.object({ jobs: z.array(job) }),
  async run(api, { params, query, caller }) {
    demandQueue(caller, params.queue)
    const records = await api.client.peek(params.queue, query.limit)
    const payloads = payloadsFor(caller)
    return { jobs: records.map((record) => jobView(api, record, payloads)) }
  },
})

const paused = z.object({ queue: z.string(), paused: z.boolean() })

export const pauseQueue = operation({
  id: 'pauseQueue',
  method: 'POST',
  path: '/v1/queues/{queue}/pause',
  tag: 'Queues',
  right: 'act',
  summary: 'Take nothing more from a queue, on any machine',
  params: queueName,
  answer: paused,
  audit: ({ params }) => ({ queue: params.queue }),
  async run(api, { params, caller }) {
    demandQueue(caller, params.queue)
    await api.client.pause(params.queue)
    return { queue: params.queue, paused: true }
  },
})

export const resumeQueue = operation({
  id: 'resumeQueue',
  method: 'POST',
  path: '/v1/queues/{queue}/resume',
  tag: 'Queues',
  right: 'act',
  summary: 'Take from it again',
  params: queueName,
  answer: paused,
  audit: ({ params }) => ({ queue: params.queue }),
  async run(api, { params, caller }) {
    demandQueue(caller, params.queue)
    await api.client.resume(params.queue)
    return { queue: params.queue, paused: false }
  },
})

/** How full the queues of a caller are; those of the definitions too, where a store cannot list them. */
export async function depths(
  { client, definitions }: Pick<Api, 'client' | 'definitions'>,
  caller: Caller,
): Promise<QueueDepth[]> {
  const declared = definitions.all.map(({ queue: { name } }) => name)
  const known = client.driver.inspector === undefined ? [] : await client.queues()
  const names = [...new Set([...known, ...declared])].filter((name) => mayUse(caller, name)).sort()
  if (names.length === 0 && client.driver.inspector === undefined) {
    throw new FiberWorkError(
      'FW_DRIVER_TRAIT',
      `The ${client.driver.name} driver does not list queues (facet \`inspector\`): ask for one by its name.`,
    )
  }
  return names.length === 0 ? [] : client.depth(names)
}

export function queueView(depth: QueueDepth, perSecond: QueueRate | undefined): QueueView {
  const { oldestReadyMs, ...counts } = depth
  return { ...counts, ...(oldestReadyMs !== undefined && { oldestReadyMs }), ...(perSecond && { perSecond }) }
}
