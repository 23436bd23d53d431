import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { StreamEvent } from '../../contract/fleet.ts'
import { countJobs } from '../bulk/count.ts'
import { type BulkTask, statesOf } from '../bulk/task.ts'
import { type Caller, mayUse } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { type Filter, filter, key, time } from '../schemas/common.ts'
import { job } from '../schemas/job.ts'
import { jobView, payloadsFor } from '../views/job-view.ts'
import { isoTime } from '../views/time.ts'
import { demandManage, filterOf } from './jobs.ts'

const action = z.enum(['retry', 'cancel', 'remove'])

const task = z
  .object({
    id: z.string(),
    action,
    filter,
    ratePerSecond: z.number().optional(),
    state: z.enum(['running', 'done', 'cancelled', 'failed', 'interrupted']),
    acted: z.int(),
    expected: z.int().optional(),
    outcomes: z.record(z.string(), z.int()),
    by: z.string(),
    startedAt: time,
    endedAt: time.optional(),
    error: z.object({ code: z.string(), detail: z.string() }).optional(),
  })
  .meta({ id: 'BulkTask' })

const asked = z.strictObject({ action, filter })

export const previewBulk = operation({
  id: 'previewBulk',
  method: 'POST',
  path: '/v1/bulk/preview',
  tag: 'Bulk actions',
  right: 'see',
  summary: 'How many jobs a bulk action would be about, and a few of them',
  description:
    'Without `states` a retry is about dead, quarantined and cancelled jobs, a cancel about those that have not ended.',
  body: asked,
  answer: z.object({
    count: z.int(),
    exact: z.boolean().meta({ description: 'False: there may be more; `readTo` says how far was looked.' }),
    readTo: time.optional(),
    filter,
    sample: z.array(job),
  }),
  async run(api, { body, caller }) {
    const meant = filterFor(body.action, body.filter)
    const { count, exact, sample, readToMs } = await countJobs(api.env, api.client, filterOf(caller, meant))
    const payloads = payloadsFor(caller)
    return {
      count,
      exact,
      ...(readToMs !== undefined && { readTo: isoTime(readToMs) }),
      filter: meant,
      sample: sample.map((record) => jobView(api, record, payloads)),
    }
  },
})

export const startBulk = operation({
  id: 'startBulk',
  method: 'POST',
  path: '/v1/bulk',
  tag: 'Bulk actions',
  right: 'act',
  summary: 'Retry, cancel or remove all jobs that a filter means, in the background',
  description:
    '`remove` is for admins and names its states. Preview it first. What it does goes on when the caller is gone, and ends with the process of the API.',
  body: asked.extend({
    ratePerSecond: z
      .number()
      .positive()
      .max(1_000_000)
      .exactOptional()
      .meta({ description: 'Jobs a second, at most.' }),
  }),
  answer: task,
  statusOf: () => 202,
  statuses: [202],
  audit: ({ body }) => ({ ...body }),
  async run(api, { body: { action: verb, filter: given, ratePerSecond }, caller }) {
    if (verb === 'remove') demandManage(caller)
    if (Object.keys(given).length === 0) {
      throw new FiberWorkError('FW_API_INVALID', 'Say which jobs: an empty filter would mean all of the store.')
    }
    const meant = filterFor(verb, given)
    const jobs = filterOf(caller, meant)
    const { count, exact } = await countJobs(api.env, api.client, jobs)
    const started = await api.bulk.start({
      action: verb,
      filter: { ...meant, ...(jobs.queue !== undefined && { queue: jobs.queue }) },
      jobs,
      by: caller.name,
      ...(exact && { expected: count }),
      ...(ratePerSecond !== undefined && { ratePerSecond }),
    })
    return taskView(started)
  },
})

export const listBulk = operation({
  id: 'listBulk',
  method: 'GET',
  path: '/v1/bulk',
  tag: 'Bulk actions',
  right: 'see',
  summary: 'The bulk actions of the last seven days, newest first',
  answer: z.object({ tasks: z.array(task) }),
  async run(api, { caller }) {
    return { tasks: (await api.bulk.list()).filter((one) => isOf(caller, one)).map(taskView) }
  },
})

export const getBulk = operation({
  id: 'getBulk',
  method: 'GET',
  path: '/v1/bulk/{id}',
  tag: 'Bulk actions',
  right: 'see',
  summary: 'How far a bulk action is',
  params: z.strictObject({ id: key }),
  answer: task,
  async run(api, { params, caller }) {
    const found = await api.bulk.get(params.id)
    if (isOf(caller, found)) return taskView(found)
    throw new FiberWorkError('FW_API_NOT_FOUND', `There is no bulk action ${JSON.stringify(params.id)}.`)
  },
})

export const cancelBulk = operation({
  id: 'cancelBulk',
  method: 'POST',
  path: '/v1/bulk/{id}/cancel',
  tag: 'Bulk actions',
  right: 'act',
  summary: 'Stop a bulk action; what it has done stays done',
  params: z.strictObject({ id: key }),
  answer: task,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params, caller }) {
    const found = await api.bulk.get(params.id)
    if (!isOf(caller, found)) {
      throw new FiberWorkError('FW_API_NOT_FOUND', `There is no bulk action ${JSON.stringify(params.id)}.`)
    }
    return taskView(await api.bulk.cancel(params.id))
  },
})

function filterFor(verb: z.output<typeof action>, given: Filter): Filter {
  if (given.states !== undefined) return given
  if (verb !== 'remove') return { ...given, states: [...statesOf[verb]] }
  throw new FiberWorkError('FW_API_INVALID', 'filter.states: what is to be removed has to be named: dead, done, …')
}

function isOf(caller: Caller, { filter: { queue } }: BulkTask): boolean {
  return caller.queues === undefined || (queue !== undefined && mayUse(caller, queue))
}

function taskView({ startedAtMs, endedAtMs, toldAtMs: _toldAtMs, ...rest }: BulkTask): z.output<typeof task> {
  return {
    ...rest,
    startedAt: isoTime(startedAtMs),
    ...(endedAtMs !== undefined && { endedAt: isoTime(endedAtMs) }),
  }
}

/** How far a bulk action is, for whoever watches. */
export function progressEvent(moved: BulkTask, atMs: number): StreamEvent {
  const { queue } = moved.filter
  return { event: 'bulk.progress', atMs, ...(queue !== undefined && { queue }), data: { ...taskView(moved) } }
}

export type BulkTaskView = z.output<typeof task>
export type BulkPreview = z.output<typeof previewBulk.answer>
