import * as z from 'zod'
import { key, name, tenYearsMs, time } from './common.ts'

const rate = z.strictObject({
  tokens: z.number().positive().max(1e9),
  perMs: z.number().min(1).max(tenYearsMs),
  burst: z.number().positive().max(1e9).exactOptional(),
})

export const limitSettings = z
  .strictObject({
    rates: z.array(rate).max(8).exactOptional(),
    quota: z.strictObject({ jobs: z.int().min(0), perMs: z.number().min(1_000).max(tenYearsMs) }).exactOptional(),
    concurrencyMax: z.int().min(0).max(1_000_000_000).exactOptional(),
    weight: z.number().positive().max(1_000_000).exactOptional(),
    depthMax: z.int().min(0).exactOptional(),
  })
  .meta({
    id: 'LimitSettings',
    description: 'All of them hold at once; what is left out does not limit. docs/limits.md.',
  })

export const queueName = z.strictObject({ queue: name })
export const groupName = z.strictObject({ queue: name, group: key })

export const queue = z
  .object({
    queue: z.string(),
    ready: z.int(),
    delayed: z.int(),
    blocked: z.int(),
    running: z.int(),
    done: z.int(),
    dead: z.int(),
    cancelled: z.int(),
    quarantined: z.int(),
    paused: z.boolean(),
    oldestReadyMs: z.number().optional().meta({ description: 'How long the oldest ready job has been ready.' }),
    perSecond: z
      .object({ done: z.number(), retried: z.number(), dead: z.number() })
      .optional()
      .meta({ description: 'Lately, in the worker processes of this machine.' }),
  })
  .meta({ id: 'Queue' })

export const limits = z.object({
  queue: z.unknown(),
  groups: z.unknown(),
  group: z.record(z.string(), z.unknown()),
  frozen: z.array(z.object({ group: z.string().optional(), until: time })),
})

export const group = z
  .object({
    group: z.string().optional().meta({ description: 'Absent: the jobs without a group.' }),
    ready: z.int(),
    running: z.int(),
    held: z
      .enum(['concurrency', 'rate', 'quota', 'frozen'])
      .optional()
      .meta({ description: 'What keeps its jobs from being taken now.' }),
  })
  .meta({ id: 'Group' })

export type QueueView = z.output<typeof queue>
export type LimitsView = z.output<typeof limits>
export type GroupView = z.output<typeof group>
export type LimitSettingsView = z.output<typeof limitSettings>
