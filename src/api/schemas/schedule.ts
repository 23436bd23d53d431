import * as z from 'zod'
import { name, tenYearsMs, time } from './common.ts'
import { enqueueOptions } from './job.ts'

export const scheduleId = z.strictObject({ id: z.string().min(1).max(200) })

const { id: _id, delayMs: _delayMs, runAt: _runAt, ...options } = enqueueOptions

export const scheduleSettings = z
  .strictObject({
    cron: z
      .string()
      .max(256)
      .exactOptional()
      .meta({ description: '`minute hour day month weekday`; `0 9 * * MON#1` is the first Monday at nine.' }),
    timeZone: z.string().max(64).exactOptional(),
    dst: z.enum(['skip', 'once', 'both']).exactOptional(),
    everyMs: z.number().min(1_000).max(tenYearsMs).exactOptional(),
    offsetMs: z.number().min(0).max(tenYearsMs).exactOptional(),
    missed: z.enum(['skip', 'last', 'all']).exactOptional(),
    overlap: z.enum(['allow', 'skip']).exactOptional(),
    job: z.strictObject({ name, queue: name.exactOptional(), input: z.unknown().optional(), ...options }),
  })
  .meta({ id: 'ScheduleSettings', description: 'Give `cron` or `everyMs`. docs/schedules.md.' })

export const schedule = z
  .object({
    id: z.string(),
    cron: z.string().optional(),
    timeZone: z.string().optional(),
    dst: z.string().optional(),
    everyMs: z.number().optional(),
    offsetMs: z.number().optional(),
    missed: z.string(),
    overlap: z.string(),
    paused: z.boolean(),
    name: z.string(),
    queue: z.string(),
    input: z.unknown().optional(),
    encrypted: z.string().optional(),
    damage: z.string().optional(),
    nextAt: time.optional(),
    lastAt: time.optional(),
    lastId: z.string().optional().meta({ description: 'The job of the newest run.' }),
  })
  .meta({ id: 'Schedule' })

export type ScheduleSettings = z.output<typeof scheduleSettings>
export type ScheduleView = z.output<typeof schedule>
