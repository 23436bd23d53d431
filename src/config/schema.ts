import * as z from 'zod'
import { traceModes } from '../base/tracing.ts'
import type { ContextProbe } from '../contract/context-probe.ts'
import { defaults } from '../base/defaults.ts'
import { isolationLevels } from '../contract/isolation.ts'
import { type OptionName, options, type Settings } from './options.ts'

const day = 86_400_000
const count = (min: number, max: number) => z.int().min(min).max(max)
const milliseconds = (min: number, max: number) => z.number().min(min).max(max)
const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/)
const share = z
  .strictObject({
    concurrency: count(0, 100_000).exactOptional(),
    weight: z.number().positive().max(1_000).exactOptional(),
    min: count(0, 100_000).exactOptional(),
    max: count(1, 100_000).exactOptional(),
  })
  .refine(({ min = 0, max = Infinity, concurrency = min }) => min <= max && (max === Infinity || concurrency <= max))
const queues = z.union([z.array(name).min(1), z.record(name, share)])

const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/)
const key = z.string().regex(/^[A-Za-z0-9+/_-]{43}=?$/)
const encryption = z.union([
  z
    .string()
    .regex(
      /^ *[A-Za-z0-9_-]{1,32} *: *[A-Za-z0-9+/_-]{43}=? *(?:, *[A-Za-z0-9_-]{1,32} *: *[A-Za-z0-9+/_-]{43}=? *)*$/,
    ),
  z
    .strictObject({ keys: z.record(keyId, key), current: keyId, refusePlain: z.boolean().exactOptional() })
    .refine(({ keys, current }) => Object.hasOwn(keys, current)),
])
const waits = z.record(z.union([z.literal('*'), name]), milliseconds(1_000, 30 * day))
const kept = (ageMsMax: number) =>
  z.union([
    z.literal(false),
    z
      .strictObject({ count: count(0, 10_000_000).exactOptional(), ageMs: milliseconds(0, ageMsMax).exactOptional() })
      .refine((keep) => Object.keys(keep).length > 0),
  ])
const keep = z.record(
  z.union([z.literal('*'), name]),
  z.strictObject({
    done: kept(3_652.5 * day).exactOptional(),
    dead: kept(defaults.deadAgeMs).exactOptional(),
    cancelled: kept(defaults.deadAgeMs).exactOptional(),
    quarantined: kept(defaults.deadAgeMs).exactOptional(),
  }),
)

const logLevel = z.enum(['debug', 'info', 'warn', 'error', 'silent'])
const aUrl = /^[a-z][a-z0-9+.-]*:/i

/** One field an option: the same for files, variables, flags, and `client.work(handlers, options)`. */
const fields = {
  drivers: z.array(z.string().min(1)).min(1).optional(),
  url: z.string().regex(aUrl),
  ledger: z.string().regex(aUrl).optional(),
  jobs: z.array(z.string().min(1)).min(1),
  queues: queues.optional(),
  concurrency: count(1, 100_000),
  processes: z.union([count(1, 256), z.literal('auto')]),
  supervisor: z.boolean(),
  http: z
    .string()
    .regex(/^(?:(?:\[[0-9a-f:.]+\]|[^\s:/[\]]+):)?\d{1,5}$/i)
    .refine((text) => Number(/\d+$/.exec(text)?.[0]) <= 65_535)
    .optional(),
  ui: z.boolean(),
  httpHosts: z
    .array(z.string().regex(/^[a-z0-9.:-]{1,253}$/i))
    .min(1)
    .optional(),
  httpToken: z
    .string()
    .regex(/^[\x21-\x7e]{20,512}$/)
    .optional(),
  behindProxy: z.boolean(),
  tlsCert: z.string().min(1).optional(),
  tlsKey: z.string().min(1).optional(),
  httpInsecure: z.boolean(),
  control: z
    .string()
    .min(1)
    .refine((path) => Buffer.byteLength(path) <= 100)
    .optional(),
  watchConfig: z.boolean(),
  dashboard: z.boolean(),
  graceMs: milliseconds(0, day / 24),
  leaseMs: milliseconds(100, day / 24),
  stuckMs: milliseconds(1, day),
  beatMs: milliseconds(10, 60_000),
  isolation: z.enum(isolationLevels),
  threads: count(0, 256).optional(),
  bootCanary: z.boolean(),
  guardian: z.boolean(),
  blockMsMax: milliseconds(200, day / 24),
  stallMsMax: milliseconds(1_000, day),
  startSliceMs: z.number().positive().max(1_000),
  outbox: z.union([z.boolean(), z.string().regex(/^(?:true|false|[a-z][a-z0-9+.-]*:.*)$/is)]).optional(),
  bodyBytesMax: count(1, 2 ** 30),
  encryptionKeys: encryption.optional(),
  redact: z
    .array(
      z
        .string()
        .max(128)
        .regex(/[\p{L}\p{N}]/u),
    )
    .max(256)
    .optional(),
  resultBytesMax: count(0, 2 ** 30),
  logLevel,
  logLevels: z
    .union([z.array(z.string().regex(/^[^=]+=(?:debug|info|warn|error|silent)$/)), z.record(z.string(), logLevel)])
    .optional(),
  logFormat: z.enum(['json', 'text', 'auto']),
  history: z.boolean().optional(),
  alertWaitMs: z.union([milliseconds(1_000, 30 * day), waits]).optional(),
  alertWebhook: z
    .string()
    .regex(/^https?:/i)
    .optional(),
  alertWebhookSecret: z.string().min(1).max(256).optional(),
  alertWebhookPrivate: z.boolean(),
  otlp: z
    .string()
    .regex(/^https?:\/\//i)
    .refine((text) => URL.canParse(text))
    .optional(),
  traceMode: z.enum(traceModes),
  api: z
    .string()
    .regex(/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/i)
    .optional(),
  token: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/)
    .optional(),
} satisfies { [name in OptionName]: z.ZodType<Settings[name] | undefined> }

/** Any of the options, none of them required: what one source may say. */
export const partialSchema = z.strictObject(fields).partial()

const aContextProbe = z.custom<ContextProbe>(
  (value) => typeof value === 'object' && value !== null && 'name' in value && 'options' in value,
)

const aToken = z.strictObject({
  name,
  role: z.enum(['read', 'enqueue', 'operate', 'admin']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/i),
  queues: z
    .array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\*?$/))
    .min(1)
    .exactOptional(),
  requestsPerSecond: z.number().min(1).max(1_000_000).exactOptional(),
})

/** The same for a config file, and what no flag could say. */
export const fileSchema = partialSchema.extend({
  contextProbes: z.array(aContextProbe).optional(),
  tokens: z.array(aToken).max(1_000).optional(),
  keep: keep.optional(),
})

const keepAllowed =
  '{ queue: { done?, dead?, cancelled?, quarantined? } }, `*` for all other queues, each { count?, ageMs? } or false; up to 14 days for what is not done'

export const allowedInFiles: Record<string, string> = {
  tokens: 'a list of { name, role, sha256, queues?, requestsPerSecond? }',
  contextProbes: "a list of what `defineContextProbe('a-client', { open, promise, … })` answers",
  keep: keepAllowed,
}

const aSchedule = z.custom<unknown>(
  (value) => typeof value === 'object' && value !== null && 'id' in value && 'times' in value && 'definition' in value,
)
const aFunction = z.custom<unknown>((value) => typeof value === 'function')
const anObject = z.custom<unknown>((value) => typeof value === 'object' && value !== null)

/** The options of the library's calls: fields of the same schema, and what only code can give. */
export const callSchemas = {
  connect: z
    .strictObject({ ...pick('ledger', 'outbox', 'leaseMs', 'bodyBytesMax'), encryption: encryption, env: anObject })
    .partial(),
  work: z
    .strictObject({
      ...pick('concurrency', 'queues', 'graceMs', 'stuckMs', 'beatMs', 'startSliceMs', 'resultBytesMax', 'traceMode'),
      ...pick('isolation', 'threads', 'bootCanary', 'guardian', 'blockMsMax', 'stallMsMax'),
      ...pick('history', 'alertWaitMs', 'alertWebhook', 'alertWebhookSecret', 'alertWebhookPrivate'),
      keep,
      use: z.array(aFunction),
      ownProcess: z.boolean(),
      http: anObject,
      schedules: z.array(aSchedule),
      metrics: z.boolean(),
    })
    .partial(),
}

/** What is allowed for options that the table of the command line does not have. */
export const allowedInCalls: Record<string, string> = {
  encryption: options.encryptionKeys.allowed,
  env: 'an Env (see base/env)',
  keep: keepAllowed,
  use: 'a list of functions',
  ownProcess: 'true or false',
  metrics: 'true or false',
  http: 'an Http facade',
  schedules: "a list of what `defineSchedule('an-id', definition, { cron })` answers",
}

function pick<N extends OptionName>(...names: N[]): Pick<typeof fields, N> {
  return Object.fromEntries(names.map((each) => [each, fields[each]])) as unknown as Pick<typeof fields, N>
}
