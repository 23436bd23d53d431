import { defaults } from '../base/defaults.ts'
import { refuseInImport } from '../base/lane-thread.ts'
import { toJson } from '../base/json.ts'
import { FiberWorkError } from '../contract/errors.ts'
import { type Due, type StoredJob, tenantHeader, type Unique } from '../contract/job.ts'
import { checkOptions } from './check.ts'
import { type Overrides, seal } from './codec.ts'
import type { AnyDefinition } from './definition.ts'
import { checkKey } from './names.ts'
import { type EnqueueOptions, enqueueOptionsTable, type UniqueOption } from './options.ts'
import type { Keyring } from './keyring.ts'
import { validate } from './schema.ts'
import { sealed } from './sealing.ts'

/** How inputs are encrypted, if they are. */
export interface Sealing {
  keys: Keyring | undefined
  /** For a schedule: of all its runs. */
  kind?: 'schedule'
}

/**
 * The stored form of one job: input checked by the schema, sealed as it came in, options checked and filled in.
 * Answers at once where the schema does. Throws `FW_INPUT_INVALID`, `FW_INPUT_NOT_JSON`, `FW_JOB_INVALID`, `FW_NAME_INVALID`,
 * `FW_KEY_UNKNOWN`.
 */
export function prepareJob(
  definition: AnyDefinition,
  input: unknown,
  options: EnqueueOptions | undefined,
  makeId: () => string,
  sealing?: Sealing,
): StoredJob | Promise<StoredJob> {
  refuseInImport(`enqueue("${definition.name}")`)
  if (options !== undefined) checkOptions(`enqueue("${definition.name}")`, options, enqueueOptionsTable)
  const schema = definition.options.input
  const data: unknown = schema === undefined ? noInput(definition, input) : validate(schema, input, definition.name)
  return isLate(data)
    ? data.then((late) => assemble(definition, input, late, options, makeId, sealing))
    : assemble(definition, input, data, options, makeId, sealing)
}

/** A proxy may refuse even to say what it is; then it is no promise, and no JSON either. */
function isLate(data: unknown): data is Promise<unknown> {
  try {
    return data instanceof Promise
  } catch {
    return false
  }
}

function noInput(definition: AnyDefinition, input: unknown): undefined {
  if (input === undefined) return undefined
  throw new FiberWorkError(
    'FW_INPUT_INVALID',
    `"${definition.name}" takes no input; give its definition an \`input\` schema.`,
  )
}

function assemble(
  definition: AnyDefinition,
  input: unknown,
  data: unknown,
  options: EnqueueOptions | undefined,
  makeId: () => string,
  sealing: Sealing | undefined,
): StoredJob | Promise<StoredJob> {
  const own = definition.options
  const json = input === undefined ? undefined : toJson(input, `The input of "${definition.name}"`)
  const job: StoredJob = {
    id: options?.id ?? makeId(),
    queue: definition.queue.name,
    name: definition.name,
    priority: options?.priority ?? own.priority ?? defaults.priority,
    body: seal(own.version ?? 1, options === undefined ? undefined : overridesOf(options), json?.text),
  }
  if (options?.id !== undefined) checkKey('id', options.id)
  const due = options === undefined ? undefined : dueOf(options)
  if (due !== undefined) job.due = due
  const tenant = options?.tenant ?? (typeof own.tenant === 'function' ? own.tenant(data) : own.tenant)
  if (tenant !== undefined) checkKey('tenant', tenant)
  const group = options?.group ?? (typeof own.group === 'function' ? own.group(data) : own.group) ?? tenant
  if (group !== undefined) job.group = (checkKey('group', group), group)
  const unique = options?.unique ?? (typeof own.unique === 'function' ? own.unique(data) : own.unique)
  if (unique !== undefined) job.unique = uniqueOf(unique)
  const tags = [...((typeof own.tags === 'function' ? own.tags(data) : own.tags) ?? []), ...(options?.tags ?? [])]
  if (tags.length > 0) job.tags = tags.map((tag) => (checkKey('tag', tag), tag))
  if (own.headers !== undefined || options?.headers !== undefined) job.headers = { ...own.headers, ...options?.headers }
  if (tenant !== undefined) job.headers = { ...job.headers, [tenantHeader]: tenant }
  job.body = sealed(job.body, sealing?.kind ?? 'input', job, definition, sealing?.keys)
  return json?.changed ? rechecked(definition, job, json.text) : job
}

/** A value that spoke for itself through `toJSON` comes back as something else: the schema must take that too. */
function rechecked(definition: AnyDefinition, job: StoredJob, text: string): StoredJob | Promise<StoredJob> {
  const refuse = (cause: unknown): never => {
    throw new FiberWorkError(
      'FW_INPUT_NOT_JSON',
      `The schema of "${definition.name}" does not accept its own input once that was stored as JSON (a Date becomes a string): let it coerce, for example with z.coerce.date().`,
      { cause },
    )
  }
  try {
    const again = validate(definition.options.input!, JSON.parse(text), definition.name)
    return again instanceof Promise ? again.then(() => job, refuse) : job
  } catch (cause) {
    return refuse(cause)
  }
}

function overridesOf(options: EnqueueOptions): Overrides | undefined {
  const { attempts, backoff, timeoutMs, keep } = options
  if (attempts === undefined && backoff === undefined && timeoutMs === undefined && keep === undefined) return undefined
  return {
    ...(attempts !== undefined && { attempts }),
    ...(backoff !== undefined && { backoff }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(keep !== undefined && { keep }),
  }
}

function dueOf({ delayMs, runAt }: EnqueueOptions): Due | undefined {
  if (delayMs !== undefined && runAt !== undefined) {
    throw new FiberWorkError('FW_JOB_INVALID', 'Give `delayMs` or `runAt`, not both.')
  }
  if (runAt !== undefined) return { atMs: Math.round(Number(runAt)) }
  return delayMs === undefined || delayMs === 0 ? undefined : { inMs: Math.round(delayMs) }
}

function uniqueOf(option: UniqueOption): Unique {
  const unique: Unique = typeof option === 'string' ? { key: option, mode: 'keep' } : { mode: 'keep', ...option }
  checkKey('unique key', unique.key)
  // Stores count whole milliseconds.
  return unique.forMs === undefined ? unique : { ...unique, forMs: Math.ceil(unique.forMs) }
}
