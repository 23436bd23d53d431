import * as z from 'zod'
import { jobStates } from '../../contract/job.ts'

/**
 * A field that may be left out, for what is sent often: zod's `exactOptional` holds what is absent against the schema all the same, and throws away what it
 * found wrong, 5 µs a submission. In JSON nothing is there and undefined, so that the difference is never seen.
 */
export const maybe = <Schema extends z.ZodType>(schema: Schema): z.ZodExactOptional<Schema> =>
  schema.optional() as unknown as z.ZodExactOptional<Schema>

/** Names of queues and jobs: they end in keys, tables and labels. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/, '1 to 63 of A-Z a-z 0-9 _ . -, not beginning with . or -')
  .meta({ description: '1 to 63 of `A-Z a-z 0-9 _ . -`, not beginning with `.` or `-`.' })

/** Ids, groups, tags, keys: any text without control characters. */
export const key = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/u, 'no control characters and no lone surrogates')

export const time = z.iso.datetime().meta({ description: 'A moment, ISO 8601 in UTC.' })

/** Milliseconds in a query or a body. */
export const milliseconds = (max: number) => z.coerce.number().int().min(0).max(max)

const moment = z.iso.datetime({ offset: true })

/** From when to when, in a query or a filter. */
export const timeRange = {
  from: moment.exactOptional().meta({ description: 'Then or later: a moment, ISO 8601 with its zone.' }),
  to: moment.exactOptional().meta({ description: 'Before then.' }),
}

/** The same in milliseconds. */
export function timeRangeOf({ from, to }: { from?: string | undefined; to?: string | undefined }): {
  fromMs?: number
  toMs?: number
} {
  return {
    ...(from !== undefined && { fromMs: Date.parse(from) }),
    ...(to !== undefined && { toMs: Date.parse(to) }),
  }
}

export const state = z.enum(jobStates)

export const tenYearsMs = 10 * 365.25 * 86_400_000

/** `state=dead,quarantined`, or several times `state=`. */
const stateList = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]).flatMap((text) => text.split(',')))
  .pipe(z.array(state).min(1).max(jobStates.length))

/** Which jobs are meant: all given fields must hold. */
export const filter = z.strictObject({
  queue: name.exactOptional(),
  states: z.array(state).min(1).max(jobStates.length).exactOptional(),
  name: name.exactOptional(),
  group: key.exactOptional(),
  tag: key.exactOptional(),
  idPrefix: key.exactOptional(),
  error: z
    .string()
    .min(1)
    .max(1_000)
    .exactOptional()
    .meta({ description: 'Contained in the error of a job that is not done; case matters.' }),
  olderThanMs: z
    .number()
    .min(0)
    .max(tenYearsMs)
    .exactOptional()
    .meta({ description: 'Enqueued at least so long ago.' }),
  ...timeRange,
})

/** The same in a query. */
export const filterQuery = z.strictObject({
  queue: name.exactOptional(),
  state: stateList.exactOptional().meta({ description: 'One or several, by commas.' }),
  name: name.exactOptional(),
  group: key.exactOptional(),
  tag: key.exactOptional(),
  idPrefix: key.exactOptional(),
  error: z
    .string()
    .min(1)
    .max(1_000)
    .exactOptional()
    .meta({ description: 'Contained in the error of a job that is not done; case matters.' }),
  olderThanMs: milliseconds(tenYearsMs).exactOptional().meta({ description: 'Enqueued at least so long ago.' }),
  ...timeRange,
})

export const page = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().min(1).max(2_000).exactOptional().meta({ description: 'The `cursor` of the page before.' }),
}

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    remedy: z.string(),
    retryable: z.boolean(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'What went wrong: RFC 9457.' })

export type Filter = z.output<typeof filter>
