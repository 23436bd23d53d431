import * as z from 'zod'
import { FiberWorkError } from '../../contract/errors.ts'
import type { Env } from '../../base/env.ts'
import type { ScheduleRecord, ScheduleTimes } from '../../contract/schedule.ts'
import { defineSchedule, type ScheduleOptions } from '../../cron/schedule.ts'
import { nextAfter } from '../../cron/times.ts'
import type { Api } from '../api.ts'
import { type Caller, demandQueue, mayUse } from '../auth/caller.ts'
import { operation } from '../operation.ts'
import { time } from '../schemas/common.ts'
import { schedule, scheduleId, scheduleSettings, type ScheduleView } from '../schemas/schedule.ts'
import { contentView } from '../views/content.ts'
import { payloadsFor } from '../views/job-view.ts'
import { isoTime } from '../views/time.ts'

export const listSchedules = operation({
  id: 'listSchedules',
  method: 'GET',
  path: '/v1/schedules',
  tag: 'Schedules',
  right: 'see',
  summary: 'What is enqueued by itself, and when',
  answer: z.object({ schedules: z.array(schedule) }),
  async run(api, { caller }) {
    const all = await api.client.schedules.list()
    return {
      schedules: all.filter(({ job }) => mayUse(caller, job.queue)).map((one) => scheduleView(one, caller, api)),
    }
  },
})

export const getSchedule = operation({
  id: 'getSchedule',
  method: 'GET',
  path: '/v1/schedules/{id}',
  tag: 'Schedules',
  right: 'see',
  summary: 'One schedule, and its next runs',
  params: scheduleId,
  query: z.strictObject({ next: z.coerce.number().int().min(0).max(100).default(5) }),
  answer: schedule.extend({ next: z.array(time) }),
  async run(api, { params, query, caller }) {
    const record = await known(api, caller, params.id)
    const times = await nextRuns(record.times, api.env, query.next)
    return { ...scheduleView(record, caller, api), next: times.map(isoTime) }
  },
})

export const putSchedule = operation({
  id: 'putSchedule',
  method: 'PUT',
  path: '/v1/schedules/{id}',
  tag: 'Schedules',
  right: 'manage',
  summary: 'Make it so: a new schedule, or a change of one',
  description: 'Saying the same twice changes nothing, so that any number of processes may do so at once.',
  params: scheduleId,
  body: scheduleSettings,
  answer: z.object({ id: z.string(), outcome: z.enum(['added', 'changed', 'unchanged']) }),
  audit: ({ params, body }) => ({ id: params.id, name: body.job.name, cron: body.cron, everyMs: body.everyMs }),
  async run(api, { params: { id }, body, caller }) {
    const { job, ...times } = body
    const { name, queue, input, ...enqueue } = job
    const definition = api.definitions.for(name, queue)
    demandQueue(caller, definition.queue.name)
    const before = await api.client.schedules.get(id)
    if (before !== undefined) demandQueue(caller, before.job.queue)
    const options = { ...times, input, enqueue } as ScheduleOptions<unknown>
    return { id, outcome: await api.client.schedules.set(defineSchedule(id, definition, options)) }
  },
})

export const removeSchedule = operation({
  id: 'removeSchedule',
  method: 'DELETE',
  path: '/v1/schedules/{id}',
  tag: 'Schedules',
  right: 'manage',
  summary: 'Forget a schedule',
  description: 'One that the code declares comes back at the next start of a worker.',
  params: scheduleId,
  answer: z.object({ id: z.string(), removed: z.boolean() }),
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params: { id }, caller }) {
    await known(api, caller, id)
    return { id, removed: await api.client.schedules.remove(id) }
  },
})

const held = z.object({ id: z.string(), paused: z.boolean() })

export const pauseSchedule = operation({
  id: 'pauseSchedule',
  method: 'POST',
  path: '/v1/schedules/{id}/pause',
  tag: 'Schedules',
  right: 'act',
  summary: 'Start no more runs',
  params: scheduleId,
  answer: held,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params: { id }, caller }) {
    await known(api, caller, id)
    await api.client.schedules.pause(id)
    return { id, paused: true }
  },
})

export const resumeSchedule = operation({
  id: 'resumeSchedule',
  method: 'POST',
  path: '/v1/schedules/{id}/resume',
  tag: 'Schedules',
  right: 'act',
  summary: 'Start runs again, from now on',
  params: scheduleId,
  answer: held,
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params: { id }, caller }) {
    await known(api, caller, id)
    await api.client.schedules.resume(id)
    return { id, paused: false }
  },
})

export const runSchedule = operation({
  id: 'runSchedule',
  method: 'POST',
  path: '/v1/schedules/{id}/run',
  tag: 'Schedules',
  right: 'act',
  summary: 'Enqueue its job now, besides its times',
  params: scheduleId,
  answer: z.object({ schedule: z.string(), id: z.string(), outcome: z.string() }),
  audit: ({ params }) => ({ id: params.id }),
  async run(api, { params, caller }) {
    await known(api, caller, params.id)
    return { schedule: params.id, ...(await api.client.schedules.run(params.id)) }
  },
})

/** A rare one is searched for through years, some milliseconds each; in between others have their turn. */
async function nextRuns(times: ScheduleTimes, env: Env, count: number): Promise<number[]> {
  const runs: number[] = []
  for (let atMs = nextAfter(times, env.nowMs()); atMs !== undefined && runs.length < count;) {
    runs.push(atMs)
    if (runs.length === count) break
    await new Promise<void>((resolve) => env.immediate(resolve))
    atMs = nextAfter(times, atMs)
  }
  return runs
}

/** Throws `FW_SCHEDULE_UNKNOWN`, also for one whose job is of another queue. */
async function known({ client }: Api, caller: Caller, id: string): Promise<ScheduleRecord> {
  const record = await client.schedules.get(id)
  if (record !== undefined && mayUse(caller, record.job.queue)) return record
  throw new FiberWorkError('FW_SCHEDULE_UNKNOWN', `There is no schedule ${JSON.stringify(id)}.`)
}

function scheduleView(record: ScheduleRecord, caller: Caller, api: Api): ScheduleView {
  const { id, times, missed, overlap, paused, job, nextAtMs, lastAtMs, lastId } = record
  const payloads = payloadsFor(caller)
  return {
    id,
    ...times,
    missed,
    overlap,
    paused,
    name: job.name,
    queue: job.queue,
    ...(payloads !== 'hidden' && contentView(api, { job: { ...job, id: `${id}@` } }, payloads)),
    ...(nextAtMs !== undefined && { nextAt: isoTime(nextAtMs) }),
    ...(lastAtMs !== undefined && { lastAt: isoTime(lastAtMs) }),
    ...(lastId !== undefined && { lastId }),
  }
}
