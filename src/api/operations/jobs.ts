import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { JobFilter } from '../../contract/inspector.ts'
import type { JobRecord } from '../../contract/job.ts'
import type { Api } from '../api.ts'
import { type Caller, demandQueue, mayUse, scopedQueue } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { type Filter, filterQuery, key, page, timeRangeOf } from '../schemas/common.ts'
import { job, jobPage, outcome } from '../schemas/job.ts'
import { jobView, payloadsAsked } from '../views/job-view.ts'
import { isoTime } from '../views/time.ts'

/** What a search looks at for one page: some 50 ms on a store of a million. */
const readMax = 20_000

const id = z.strictObject({ id: key })
const reveal = z
  .enum(['true', 'false'])
  .exactOptional()
  .meta({ description: '`true`: secrets too. For admins, and written to the audit log.' })

export const listJobs = operation({
  id: 'listJobs',
  method: 'GET',
  path: '/v1/jobs',
  tag: 'Jobs',
  right: 'see',
  summary: 'Jobs, newest first',
  description:
    'What no index helps with is searched for, some 20,000 jobs a page: a page may have fewer jobs than `limit`, even none, and a cursor to go on with; `readTo` says how far it has come.',
  query: filterQuery.extend({ ...page, reveal }),
  answer: jobPage,
  audit: ({ query }) => (query.reveal === 'true' ? { ...query, reveal: true } : undefined),
  async run(api, { query, caller }) {
    const { limit, cursor, state, reveal: asked, ...rest } = query
    const payloads = payloadsAsked(caller, asked)
    const filter = filterOf(caller, { ...rest, ...(state !== undefined && { states: state }) })
    const found = await api.client.list(filter, { limit, readMax, ...(cursor !== undefined && { cursor }) })
    return {
      jobs: found.jobs.map((record) => jobView(api, record, payloads)),
      cursor: found.cursor ?? null,
      ...(found.read !== undefined && { read: found.read }),
      ...(found.readToMs !== undefined && { readTo: isoTime(found.readToMs) }),
      ...(found.broken !== undefined && { broken: found.broken }),
    }
  },
})

export const getJob = operation({
  id: 'getJob',
  method: 'GET',
  path: '/v1/jobs/{id}',
  tag: 'Jobs',
  right: 'see',
  summary: 'All that is known of a job',
  params: id,
  query: z.strictObject({ reveal }),
  answer: job,
  audit: ({ params, query }) => (query.reveal === 'true' ? { id: params.id, reveal: true } : undefined),
  async run(api, { params, query, caller }) {
    const payloads = payloadsAsked(caller, query.reveal)
    return jobView(api, await known(api, caller, params.id), payloads, 'whole')
  },
})

export const jobLog = operation({
  id: 'jobLog',
  method: 'GET',
  path: '/v1/jobs/{id}/log',
  tag: 'Jobs',
  right: 'inspect',
  summary: 'What a job has logged lately',
  description: 'Kept by the worker processes of this machine, with a bound: of jobs that run or ended not long ago.',
  params: id,
  answer: z.object({
    lines: z.array(
      z.object({ at: z.string(), level: z.string(), message: z.string(), fields: z.unknown().optional() }),
    ),
    kept: z.boolean().meta({ description: 'Whether a worker of this machine knows the job.' }),
  }),
  async run(api, { params, caller }) {
    await known(api, caller, params.id)
    const { answers } = await api.fleet.ask('jobLog', { id: params.id })
    const lines = answers.flatMap(({ answer }) => answer ?? []).sort((one, other) => one.atMs - other.atMs)
    return {
      lines: lines.map(({ atMs, level, message, fields }) => ({
        at: isoTime(atMs),
        level,
        message,
        ...(fields !== undefined && { fields: JSON.parse(fields) as unknown }),
      })),
      kept: answers.some(({ answer }) => answer !== undefined),
    }
  },
})

export const cancelJob = operation({
  id: 'cancelJob',
  method: 'POST',
  path: '/v1/jobs/{id}/cancel',
  tag: 'Jobs',
  right: 'act',
  summary: 'Cancel a job',
  description: 'A waiting one at once (`cancelled`); a running one is told by its worker (`cancelling`).',
  params: id,
  answer: outcome,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params, caller }) {
    await known(api, caller, params.id)
    return { id: params.id, outcome: (await api.client.cancel([params.id]))[0]! }
  },
})

export const retryJob = operation({
  id: 'retryJob',
  method: 'POST',
  path: '/v1/jobs/{id}/retry',
  tag: 'Jobs',
  right: 'act',
  summary: 'Let a job run again',
  description: 'One that has ended starts over; a delayed one becomes ready now.',
  params: id,
  answer: outcome,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params, caller }) {
    await known(api, caller, params.id)
    return { id: params.id, outcome: (await api.client.retry([params.id]))[0]! }
  },
})

export const removeJob = operation({
  id: 'removeJob',
  method: 'DELETE',
  path: '/v1/jobs/{id}',
  tag: 'Jobs',
  right: 'manage',
  summary: 'Forget a job that does not run',
  params: id,
  answer: outcome,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params, caller }) {
    await known(api, caller, params.id)
    return { id: params.id, outcome: (await api.client.remove([params.id]))[0]! }
  },
})

export const actOnJobs = operation({
  id: 'actOnJobs',
  method: 'POST',
  path: '/v1/actions',
  tag: 'Jobs',
  right: 'act',
  summary: 'Cancel, retry or remove up to 500 jobs by their ids',
  description: '`remove` is for admins. By a filter instead of ids: `POST /v1/bulk`.',
  body: z.strictObject({
    action: z.enum(['cancel', 'retry', 'remove']),
    ids: z.array(key).min(1).max(500),
  }),
  answer: z.object({ jobs: z.array(outcome), outcomes: z.record(z.string(), z.int()) }),
  audit: ({ body }) => ({ action: body.action, ids: body.ids.length, first: body.ids[0] }),
  async run(api, { body: { action, ids }, caller }) {
    if (action === 'remove') demandManage(caller)
    const allowed = await idsInScope(api, caller, ids)
    const outcomes = allowed.length === 0 ? [] : await api.client[action](allowed)
    const byId = new Map<string, string>(allowed.map((one, index) => [one, outcomes[index]!]))
    const jobs = ids.map((one) => ({ id: one, outcome: byId.get(one) ?? 'unknown' }))
    return { jobs, outcomes: countOutcomes(jobs) }
  },
})

export function demandManage(caller: Caller): void {
  if (caller.role === 'admin') return
  throw new FiberWorkError('FW_API_FORBIDDEN', `"${caller.name}" has the role ${caller.role}; to remove needs admin.`)
}

export function countOutcomes(jobs: readonly { outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome: one } of jobs) counts[one] = (counts[one] ?? 0) + 1
  return counts
}

async function idsInScope({ client }: Api, caller: Caller, ids: string[]): Promise<string[]> {
  if (caller.queues === undefined) return ids
  const records = await client.find(ids)
  return ids.filter((_, index) => records[index] !== undefined && mayUse(caller, records[index].job.queue))
}

/** The record of a job in the caller's queues. Throws `FW_JOB_UNKNOWN`, also for one of another queue. */
export async function known({ client }: Api, caller: Caller, jobId: string): Promise<JobRecord> {
  const [record] = await client.find([jobId])
  if (record !== undefined && mayUse(caller, record.job.queue)) return record
  throw new FiberWorkError('FW_JOB_UNKNOWN', `There is no job with the id ${JSON.stringify(jobId)}.`)
}

/** A filter as a store takes it, within the caller's queues. */
export function filterOf(caller: Caller, { error, olderThanMs, queue, from, to, ...rest }: Filter): JobFilter {
  const scoped = scopedQueue(caller, queue)
  if (scoped !== undefined) demandQueue(caller, scoped)
  return {
    ...rest,
    ...(scoped !== undefined && { queue: scoped }),
    ...(error !== undefined && { errorText: error }),
    ...(olderThanMs !== undefined && { ageMsMin: olderThanMs }),
    ...timeRangeOf({ from, to }),
  }
}
