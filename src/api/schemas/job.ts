import * as z from 'zod'
import { key, maybe, name, problem, state, tenYearsMs, time } from './common.ts'

const unique = z.union([
  key,
  z.strictObject({
    key,
    mode: maybe(z.enum(['keep', 'replace'])),
    forMs: maybe(z.number().min(1).max(tenYearsMs)),
  }),
])

const backoff = z.strictObject({
  kind: z.enum(['fixed', 'linear', 'exponential']),
  baseMs: z.number().min(0).max(tenYearsMs),
  maxMs: maybe(z.number().min(0).max(tenYearsMs)),
  jitter: maybe(z.enum(['none', 'full', 'equal'])),
})

/** What an enqueue may say beside name and input. */
export const enqueueOptions = {
  id: maybe(key).meta({ description: 'An id of your own: enqueued twice it answers `duplicate`.' }),
  priority: maybe(z.int().min(0).max(9)).meta({ description: '0 to 9, higher first; 5 by default.' }),
  delayMs: maybe(z.number().min(0).max(tenYearsMs)),
  runAt: maybe(z.union([z.iso.datetime({ offset: true }), z.number().min(0).max(8.64e15)])).meta({
    description: 'Start no sooner than then: ISO 8601 with its zone, or milliseconds since 1970.',
  }),
  group: maybe(key),
  tenant: maybe(key),
  unique: maybe(unique).meta({ description: 'No second job with this key while the first one has not ended.' }),
  tags: maybe(z.array(key).max(32)),
  headers: maybe(z.record(z.string().min(1).max(200), z.string().max(4_096))),
  attempts: maybe(z.int().min(1).max(1_000)),
  backoff: maybe(backoff),
  timeoutMs: maybe(z.union([z.literal(false), z.number().min(1).max(tenYearsMs)])),
  keep: maybe(
    z.union([
      z.literal(false),
      z.strictObject({ count: z.int().min(0).max(10_000_000), ageMs: z.number().min(0).max(tenYearsMs) }),
    ]),
  ),
}

export const submission = z
  .strictObject({
    name,
    input: z.unknown().optional(),
    queue: maybe(name).meta({ description: 'Where several have a job of this name, or none is known by it.' }),
    ...enqueueOptions,
  })
  .meta({ id: 'Submission', description: 'A job to be enqueued.' })

export const submitted = z
  .object({
    id: z.string(),
    outcome: z.enum(['added', 'duplicate', 'replaced', 'deferred']),
    name: z.string(),
    queue: z.string(),
  })
  .meta({ id: 'Submitted', description: 'What became of it: `duplicate` names the job that was there before.' })

export const batch = z.strictObject({ jobs: z.array(submission).min(1).max(1_000) })

export const batchAnswer = z.object({
  jobs: z.array(
    z.union([
      z.object({ id: z.string(), outcome: z.enum(['added', 'duplicate', 'replaced', 'deferred', 'full']) }),
      z.object({ outcome: z.literal('refused'), problem }),
    ]),
  ),
  counts: z.record(z.string(), z.int()),
})

export const job = z
  .object({
    id: z.string(),
    name: z.string(),
    queue: z.string(),
    state,
    priority: z.int(),
    attempts: z.int(),
    crashes: z.int(),
    group: z.string().optional(),
    unique: z.object({ key: z.string(), mode: z.string(), forMs: z.number().optional() }).optional(),
    tags: z.array(z.string()).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    enqueuedAt: time,
    dueAt: time.optional(),
    startedAt: time.optional(),
    settledAt: time.optional(),
    session: z.string().optional().meta({ description: 'The worker that runs it.' }),
    cancelling: z.boolean().optional(),
    error: z.string().optional(),
    failures: z
      .array(z.object({ at: time, attempt: z.int(), error: z.string() }))
      .optional()
      .meta({
        description:
          'The attempts that failed or were lost, oldest first, at most the newest 10; of a list the first line of each error. Not every store keeps them.',
      }),
    input: z.unknown().optional(),
    encrypted: z
      .string()
      .optional()
      .meta({ description: 'The id of the key that it is encrypted with, and that is not known here.' }),
    damage: z.string().optional().meta({ description: 'Why the input cannot be shown.' }),
    result: z.unknown().optional(),
    progress: z.unknown().optional(),
    payloads: z.enum(['hidden', 'masked', 'shown']).meta({
      description:
        '`hidden` from the role read; `masked`: secrets are left out; `shown`: asked for with `reveal` by an admin.',
    }),
  })
  .meta({ id: 'Job' })

export const jobPage = z.object({
  jobs: z.array(job),
  cursor: z.string().nullable().meta({ description: 'For the next page; null on the last one.' }),
  read: z.int().optional().meta({ description: 'How many jobs were looked at for this page.' }),
  readTo: time
    .optional()
    .meta({ description: 'How far the search has come: jobs that were enqueued before are yet to be looked at.' }),
  broken: z
    .array(z.string())
    .optional()
    .meta({ description: 'Ids of jobs whose records cannot be read: somebody else has written to the store.' }),
})

export const result = z
  .object({
    id: z.string(),
    state: z.union([state, z.literal('unknown')]),
    settled: z.boolean(),
    result: z.unknown().optional(),
    error: z.string().optional(),
  })
  .meta({ id: 'Result' })

export const outcome = z.object({ id: z.string(), outcome: z.string() })

export type Submission = z.output<typeof submission>
export type Submitted = z.output<typeof submitted>
export type BatchAnswer = z.output<typeof batchAnswer>
export type JobView = z.output<typeof job>
export type JobPageView = z.output<typeof jobPage>
export type ResultView = z.output<typeof result>
export type Outcome = z.output<typeof outcome>
