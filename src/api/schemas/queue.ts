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

export const limitsLeft = z
  .object({
    rates: z.array(
      z.object({
        tokens: z.number(),
        perMs: z.number().meta({ description: 'So many tokens flow in evenly over so many milliseconds.' }),
        burst: z.number().meta({ description: 'Most that the bucket holds.' }),
        left: z.int().meta({ description: 'Whole tokens in the bucket now: so many jobs may start at once.' }),
        fullInMs: z.int().meta({ description: 'Milliseconds until the bucket is full, if nobody takes from it.' }),
      }),
    ),
    quota: z
      .object({
        jobs: z.int().meta({ description: 'Most jobs in each window.' }),
        perMs: z.number().meta({ description: 'How long a window is, in milliseconds.' }),
        left: z.int().meta({ description: 'How many of them may still start in this window.' }),
        endsInMs: z.int().meta({ description: 'Milliseconds until the next window begins.' }),
      })
      .optional(),
    nextInMs: z.int().meta({
      description: 'Milliseconds until the rates and the quota let one more job start; 0: they do now.',
    }),
  })
  .meta({
    id: 'LimitsLeft',
    description: "What rates and a quota leave at this moment, by the store's clock.",
  })

export const limits = z.object({
  queue: z.unknown(),
  groups: z.unknown(),
  group: z.record(z.string(), z.unknown()),
  frozen: z.array(z.object({ group: z.string().optional(), until: time })),
  left: limitsLeft.optional().meta({
    description: 'What the limits of the whole queue leave now. Absent: it has neither a rate nor a quota.',
  }),
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
    nextInMs: z.int().optional().meta({
      description:
        'Beside `held`: milliseconds until its next job may start. Absent where no clock tells: a cap is over when a job ends.',
    }),
    left: limitsLeft.optional().meta({
      description: 'What its own rates and quota leave now. Absent: it has neither.',
    }),
  })
  .meta({ id: 'Group' })

export type QueueView = z.output<typeof queue>
export type LimitsView = z.output<typeof limits>
export type GroupView = z.output<typeof group>
export type LimitsLeftView = z.output<typeof limitsLeft>
export type LimitSettingsView = z.output<typeof limitSettings>
