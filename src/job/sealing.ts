import { toJson } from '../base/json.ts'
import { FiberWorkError } from '../contract/errors.ts'
import type { JobRecord, StoredJob } from '../contract/job.ts'
import { open, type Opened, seal } from './codec.ts'
import type { AnyDefinition } from './definition.ts'
import { type Belonging, isSealed, type Keyring, type SealedKind, unknownKey, unreadable } from './keyring.ts'

/** Of a definition, what is asked about here. */
type Wish = Pick<AnyDefinition, 'options'> | undefined

/**
 * The text as it is stored: encrypted where there are keys, unless its definition says `encrypt: false`. Throws `FW_KEY_UNKNOWN` when the
 * definition says `encrypt: true`, and there are none.
 */
export function sealed(text: string, kind: SealedKind, to: Belonging, wish: Wish, keys: Keyring | undefined): string {
  const encrypt = wish?.options.encrypt
  if (encrypt === false) return text
  if (keys !== undefined) return kind === 'result' ? wrapped(keys.seal(text, kind, to)) : keys.seal(text, kind, to)
  if (encrypt !== true) return text
  throw new FiberWorkError(
    'FW_KEY_UNKNOWN',
    `"${to.name}" says \`encrypt: true\`, and there are no keys here: give \`connect\` its \`encryption\` (FIBER_WORK_ENCRYPTION_KEYS).`,
  )
}

/**
 * The body of a stored job, opened. Throws `FW_BODY_INVALID`; for an encrypted one `FW_KEY_UNKNOWN` and `FW_BODY_SEALED`. `wish` is given by
 * who is about to run it: where plain bodies are refused, it says whether this one is meant to be plain.
 */
export function openJob(job: StoredJob, keys: Keyring | undefined, wish?: Wish): Opened {
  if (isSealed(job.body)) return open(plainBody(job, keys))
  if (wish !== undefined && keys?.refusePlain === true && wish.options.encrypt !== false) {
    throw unreadable(job, 'input', 'it is not encrypted, and `refusePlain` is on')
  }
  return open(job.body)
}

function plainBody(job: StoredJob, keys: Keyring | undefined): string {
  const { id, queue, name, body } = job
  const kind: SealedKind = body.startsWith('enc1s.') ? 'schedule' : 'input'
  if (keys === undefined) throw unknownKey(job, kind, body)
  // A run of a schedule is called `schedule@time`; its input is the schedule's.
  return keys.open(
    body,
    kind,
    kind === 'schedule' ? { id: id.slice(0, Math.max(0, id.lastIndexOf('@'))), queue, name } : job,
  )
}

/** The kept result as the JSON text that it was. Throws as `openJob` does. */
export function openResult(
  { job, result }: Pick<JobRecord, 'job' | 'result'>,
  keys: Keyring | undefined,
): string | undefined {
  const text = sealedResultOf(result)
  if (text === undefined) return result
  if (keys === undefined) throw unknownKey(job, 'result', text)
  return keys.open(text, 'result', job)
}

const before = '{"$sealed":"'
const after = '"}'

/** Results are JSON, and some stores hold them as such. */
const wrapped = (text: string): string => before + text + after

/** What of an encrypted result is encrypted; undefined for a plain one. */
export function sealedResultOf(result: string | undefined): string | undefined {
  if (result?.startsWith(before) !== true || !result.endsWith(after)) return undefined
  const text = result.slice(before.length, -after.length)
  return isSealed(text) ? text : undefined
}

/**
 * The same job once more, under an id of its own and, if that is given, with another input; unchecked. What was encrypted is so again. Throws
 * as `openJob` does, and `FW_INPUT_NOT_JSON`.
 */
export function renewed(job: StoredJob, change: { id: string; input?: unknown }, keys: Keyring | undefined): StoredJob {
  const { version, overrides, input: before } = openJob(job, keys)
  const input = 'input' in change ? change.input : before
  const text = input === undefined ? undefined : toJson(input, `The input of "${job.name}"`).text
  const { id } = change
  const body = seal(version, overrides, text)
  return {
    ...job,
    id,
    body: keys !== undefined && isSealed(job.body) ? keys.seal(body, 'input', { ...job, id }) : body,
  }
}
